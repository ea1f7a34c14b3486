using System.CommandLine;
using System.Text.RegularExpressions;

namespace Migrate.Api.Tests.Cli;

/// <summary>
/// Command lines that a page of the documentation shows: in code blocks, in inline code, and between single quotes, as remedies name them. Placeholders are written as the pages write them:
/// NAME for a value, … for what is left out, [--option N] for what may be.
/// </summary>
internal static partial class DocumentedCommands
{
    public static IEnumerable<(string Line, bool IsBlock)> Of(string page)
    {
        var isBlock = false;
        List<string> prose = [];
        foreach (var line in Continued().Replace(page, " ").Split('\n'))
        {
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal))
            {
                isBlock = !isBlock;
            }
            else if (!isBlock)
            {
                prose.Add(line);
            }
            else if (Program().Match(WithoutComment(line)) is { Success: true } found)
            {
                yield return (found.Value.TrimEnd(), true);
            }
        }

        var text = string.Join('\n', prose);
        foreach (Match inline in Inline().Matches(text))
        {
            yield return (inline.Groups[1].Value.Replace("\\|", "|", StringComparison.Ordinal).Replace('\n', ' '), false);
        }

        foreach (Match quoted in Quoted().Matches(Inline().Replace(text, "")))
        {
            yield return (quoted.Groups[1].Value, false);
        }
    }

    /// <summary>What is wrong with such a line; nothing where running text only names a command, or an option of it, that there is.</summary>
    public static IEnumerable<string> Faults(RootCommand root, (string Line, bool IsBlock) shown)
    {
        List<string> wrong = [];
        var line = shown.Line;
        string[] forms = line.Contains('[', StringComparison.Ordinal) ? [Optional().Replace(line, ""), Brackets().Replace(line, "")] : [line];
        foreach (var form in forms)
        {
            var words = ExampleLine.Words(form);
            var parsed = root.Parse(words);
            var isName = !shown.IsBlock && parsed.Tokens.All(x => x.Type is System.CommandLine.Parsing.TokenType.Command or System.CommandLine.Parsing.TokenType.Option);
            var isPart = isName || form.Contains('…', StringComparison.Ordinal);
            wrong.AddRange(parsed.Errors.Select(x => x.Message).Where(x => !(isPart && Lacks().IsMatch(x)) && !IsOfPlaceholder(x)).Select(x => $"{line}: {x}"));
        }

        return wrong.Distinct();
    }

    /// <summary>A placeholder is no number and none of the words that an option takes; it must still stand where a value can.</summary>
    private static bool IsOfPlaceholder(string error) =>
        Value().Match(error) is { Success: true } value && Placeholder().IsMatch(value.Groups[1].Value) && (!error.StartsWith("Unrecognized", StringComparison.Ordinal) || value.Groups[1].Value == "…");

    private static string WithoutComment(string line)
    {
        var quote = '\0';
        for (var i = 0; i < line.Length; i++)
        {
            if (quote == '\0' && line[i] == '#' && (i == 0 || line[i - 1] == ' '))
            {
                return line[..i];
            }

            quote = line[i] is not ('\'' or '"') ? quote : quote == '\0' ? line[i] : quote == line[i] ? '\0' : quote;
        }

        return line;
    }

    [GeneratedRegex(@"[ ]*\\\n[ ]*")]
    private static partial Regex Continued();

    [GeneratedRegex(@"(?<![\w./@'-])migrate (?=[a-z-]).*")]
    private static partial Regex Program();

    [GeneratedRegex(@"`(migrate [^`]+)`")]
    private static partial Regex Inline();

    [GeneratedRegex(@"(?<!\w)'(migrate [a-z-][^'\n]*)'")]
    private static partial Regex Quoted();

    [GeneratedRegex(@" \[[^\]]*\]")]
    private static partial Regex Optional();

    [GeneratedRegex(@"[\[\]]")]
    private static partial Regex Brackets();

    [GeneratedRegex("[Rr]equired")]
    private static partial Regex Lacks();

    [GeneratedRegex(@"'([^']*)'")]
    private static partial Regex Value();

    [GeneratedRegex(@"^[A-Z][A-Z0-9_=/:-]*$|…")]
    private static partial Regex Placeholder();
}
