using System.Globalization;

namespace Migrate.Api.Cli;

/// <summary>Options of the form KEY=VALUE that may be repeated.</summary>
internal static class Pairs
{
    /// <param name="option">For messages.</param>
    /// <param name="texts">As they were given.</param>
    /// <param name="valueIsPlain">A value never holds '=', a key may: as the name of a network.</param>
    public static Dictionary<string, string> Read(string option, string[]? texts, bool valueIsPlain = false)
    {
        var pairs = new Dictionary<string, string>();
        foreach (var text in texts ?? [])
        {
            var at = valueIsPlain ? text.LastIndexOf('=') : text.IndexOf('=', StringComparison.Ordinal);
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
