using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Migrate.Api.Problems;

namespace Migrate.Api.Tests.Problems;

/// <summary>docs/errors.md is made of the program's own words: whoever adds an error finds it there after MIGRATE_WRITE_DOCS=1 dotnet test tests/Api.</summary>
public sealed partial class ErrorDocumentTests
{
    [Fact]
    public void The_document_lists_every_error_with_its_status_cause_and_remedy()
    {
        var errors = Directory.GetFiles(Repository.PathOf("src"), "*.cs", SearchOption.AllDirectories)
            .Where(x => !x.Contains("/obj/", StringComparison.Ordinal) && !x.Contains("/bin/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .SelectMany(x => ErrorsOf(File.ReadAllText(x)))
            .DistinctBy(x => (x.Code, x.Message))
            .OrderBy(x => x.Code, StringComparer.Ordinal)
            .ToList();

        errors.Count.ShouldBeGreaterThan(150);
        errors.Select(x => x.Code).ShouldContain("run.wrong-phase");
        WrittenDocument.ShouldBe("docs/errors.md", string.Join('\n', (string[])[
            "# Errors", "",
            "Written by a test from the program. The code is stable; `type` of an answer is `urn:migrate:problem:` and the code. … stands for what is filled in. The status is that of an answer of the API;",
            "commands print the same message and remedy. A code may have several causes. Errors of a run are in its log.", "",
            "| Code | Status | What it says | Remedy |", "|---|---|---|---|",
            .. errors.Select(x => $"| `{x.Code}` | {x.Status} | {x.Message} | {x.Remedy} |"), ""]));
    }

    private static IEnumerable<(string Code, int Status, string Message, string Remedy)> ErrorsOf(string source)
    {
        foreach (Match match in Thrown().Matches(source))
        {
            var code = match.Groups["code"].Value;
            var at = match.Index + match.Length;
            if (Literal(source, ref at) is not { } message)
            {
                continue;
            }

            at += Comma().Match(source[at..]).Length;
            var status = match.Groups["status"].Success ? int.Parse(match.Groups["status"].Value, CultureInfo.InvariantCulture) : ProblemStatus.Of(code, isTransient: false);
            yield return (code, status, Plain(message), Plain(Literal(source, ref at) ?? ""));
        }
    }

    /// <summary>The text literal that begins here, with … for what is filled in; null when something else does.</summary>
    private static string? Literal(string source, ref int at)
    {
        var isFilled = source[at] == '$';
        if (source[at + (isFilled ? 1 : 0)] != '"')
        {
            return null;
        }

        var text = new StringBuilder();
        var i = at + (isFilled ? 2 : 1);
        while (source[i] != '"')
        {
            if (source[i] == '\\')
            {
                text.Append(source[i + 1]);
                i += 2;
            }
            else if (isFilled && source[i] == '{')
            {
                text.Append('…');
                i = AfterBrace(source, i);
            }
            else
            {
                text.Append(source[i++]);
            }
        }

        at = i + 1;
        return text.ToString();
    }

    /// <summary>What is filled in may hold literals, and these again something that is filled in.</summary>
    private static int AfterBrace(string source, int open)
    {
        for (var i = open + 1; ; i++)
        {
            if (source[i] == '}')
            {
                return i + 1;
            }

            if (source[i] == '{')
            {
                i = AfterBrace(source, i) - 1;
            }
            else if (source[i] == '"')
            {
                var start = source[i - 1] == '$' ? i - 1 : i;
                Literal(source, ref start);
                i = start - 1;
            }
            else if (source[i] == '\'')
            {
                i = source.IndexOf('\'', source[i + 1] == '\\' ? i + 3 : i + 1);
            }
        }
    }

    private static string Plain(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace('\n', ' ');

    [GeneratedRegex("""(?:Exception|Problem\.Of|Unusable|new)\(\s*(?:StatusCodes\.Status(?<status>\d+)\w*,\s*)?"(?<code>[a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)+)",\s*(?=\$?")""")]
    private static partial Regex Thrown();

    [GeneratedRegex(@"^\s*,\s*")]
    private static partial Regex Comma();
}
