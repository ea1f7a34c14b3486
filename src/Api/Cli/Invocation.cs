using System.CommandLine;
using System.Text.Json;
using Migrate.Api.Hosting;
using Migrate.Planner;

namespace Migrate.Api.Cli;

/// <summary>One command as it was typed: its values, the server that it is for, and how it prints.</summary>
internal sealed class Invocation(CommandSet cli, ParseResult parsed) : IDisposable
{
    private ApiClient? _api;

    public Terminal Terminal => cli.Terminal;

    public ApiClient Api => _api ??= Connect();

    public bool AsJson => Has(cli.AsJson) && parsed.GetValue(cli.AsJson);

    public DataDirectory Data => DataDirectory.Resolve(
        Has(cli.Data) ? parsed.GetValue(cli.Data) : null, Terminal.Environment, System.Environment.IsPrivilegedProcess);

    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    /// <summary>The value of an argument that may be left out.</summary>
    public T? Find<T>(Argument<T> argument) => parsed.GetValue(argument);

    public T Get<T>(Argument<T> argument) => parsed.GetRequiredValue(argument);

    public async Task<int> RunAsync(Func<Invocation, CancellationToken, Task<int>> body, CancellationToken cancellationToken)
    {
        try
        {
            return await body(this, cancellationToken);
        }
        catch (CommandFailure failure)
        {
            Fail(failure.Message, failure.Remedy, failure.Details);
            return failure.ExitCode;
        }
        catch (MigrateException failure)
        {
            Fail(failure.Message, failure.Remedy, failure.LeftBehind);
            return ExitCode.Failed;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Say("Interrupted.");
            return ExitCode.Interrupted;
        }
    }

    /// <summary>A message to a person; never data.</summary>
    public void Say(string message) => Terminal.Error.WriteLine(message);

    public void PrintJson<T>(T value) => Terminal.Out.WriteLine(JsonSerializer.Serialize(value, Json.Indented));

    /// <summary>The value as JSON when that was asked for, else as <paramref name="forPeople"/> writes it.</summary>
    public void Print<T>(T value, Action<TextWriter> forPeople)
    {
        if (AsJson)
        {
            PrintJson(value);
        }
        else
        {
            forPeople(Terminal.Out);
        }
    }

    public void Dispose() => _api?.Dispose();

    private bool Has(Option option) => parsed.CommandResult.Command.Options.Contains(option);

    private void Fail(string message, string? remedy, IReadOnlyList<string> details)
    {
        var (red, reset) = Terminal.Colours ? ("\u001b[31m", "\u001b[0m") : ("", "");
        Say($"{red}error:{reset} {message}");
        foreach (var detail in details)
        {
            Say("  - " + detail);
        }

        if (remedy is not null)
        {
            Say("remedy: " + remedy);
        }
    }

    private ApiClient Connect()
    {
        var data = Data;
        var server = parsed.GetValue(cli.Server) ?? Terminal.Environment("MIGRATE_SERVER") ?? ReadLine(data.ServerUrl) ?? "http://127.0.0.1:7080";
        if (!Uri.TryCreate(server, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            throw new CommandFailure(ExitCode.Usage, $"'{server}' is no URL of a server.", "Give --server as http://127.0.0.1:7080.");
        }

        return new ApiClient(url, Token(data));
    }

    private string Token(DataDirectory data)
    {
        if (parsed.GetValue(cli.TokenFile) is { } file)
        {
            return ReadLine(file) ?? throw new CommandFailure(ExitCode.NotAuthorised, $"Cannot read a token from {file}.", "Name the server's admin.token, and run as a user who may read it.");
        }

        return Terminal.Environment("MIGRATE_TOKEN") ?? ReadLine(data.Token) ?? throw new CommandFailure(
            ExitCode.NotAuthorised,
            $"There is no token: {data.Token} cannot be read.",
            "Name the server's data directory with --data or MIGRATE_DATA, or give --token-file or MIGRATE_TOKEN.");
    }

    private static string? ReadLine(string path)
    {
        try
        {
            return File.ReadLines(path).FirstOrDefault()?.Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
