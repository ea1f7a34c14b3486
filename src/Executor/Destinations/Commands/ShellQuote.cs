namespace Migrate.Executor.Destinations.Commands;

/// <summary>
/// Words for a POSIX shell. ssh joins its arguments with blanks and the login shell of the other side splits them again; quoted, they
/// come out as they went in.
/// </summary>
internal static class ShellQuote
{
    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    /// <summary>Between single quotes nothing means anything, but a single quote, which is put outside of them.</summary>
    public static string Quote(string word)
    {
        if (word.Contains('\0'))
        {
            throw new ArgumentException("An argument of a program cannot contain a NUL character.", nameof(word));
        }

        return word.Length > 0 && word.All(IsPlain) ? word : Always(word);
    }

    /// <summary>As <see cref="Quote"/>, with the quotes where none are needed, too.</summary>
    public static string Always(string word) => $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ':' or ',' or '@' or '+';
}
