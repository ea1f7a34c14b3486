using System.Globalization;

namespace Migrate.Api.Cli;

/// <summary>Options of the form KEY=VALUE that may be repeated.</summary>
internal static class Pairs
{
    public static Dictionary<string, string> Read(string option, string[]? texts)
    {
        var pairs = new Dictionary<string, string>();
        foreach (var text in texts ?? [])
        {
            var at = text.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0 || at == text.Length - 1)
            {
                throw new CommandFailure(ExitCode.Usage, $"{option}: '{text}' is not of the form KEY=VALUE.");
            }

            if (!pairs.TryAdd(text[..at], text[(at + 1)..]))
            {
                throw new CommandFailure(ExitCode.Usage, $"{option}: '{text[..at]}' is given twice.");
            }
        }

        return pairs;
    }

    public static int Number(string option, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new CommandFailure(ExitCode.Usage, $"{option}: '{text}' is no number from 1 on.");
}
