using System.Text.RegularExpressions;

namespace Migrate.Api.Problems;

/// <summary>Names that operators choose end up in URLs, file names and commands, so they are plain.</summary>
internal static partial class Naming
{
    public static void Check(string? name, List<string> errors)
    {
        if (name is null || !Plain().IsMatch(name))
        {
            errors.Add("name: 1 to 63 letters, digits, '.', '_' or '-', beginning with a letter or digit.");
        }
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", RegexOptions.CultureInvariant)]
    private static partial Regex Plain();
}
