using System.Text.Json;

namespace Migrate.Api.Cli;

/// <summary>A failure as standard error has it: for people, or as one line of JSON with the names that the API's problems have.</summary>
internal sealed record FailureText(string Title, string? Code, string? Remedy, IReadOnlyList<string> Errors, int ExitCode)
{
    public void Write(Terminal terminal, bool asJson, bool inColour)
    {
        if (asJson)
        {
            terminal.Error.WriteLine(JsonSerializer.Serialize(this, Json.Options));
            return;
        }

        var (red, reset) = inColour ? ("\u001b[31m", "\u001b[0m") : ("", "");
        terminal.Error.WriteLine($"{red}error:{reset} {Title}");
        foreach (var error in Errors)
        {
            terminal.Error.WriteLine("  - " + error);
        }

        if (Remedy is not null)
        {
            terminal.Error.WriteLine("remedy: " + Remedy);
        }
    }
}
