using System.Text;

namespace Migrate.Api.Tests.Cli;

/// <summary>A line of help as a shell would hand it to the program, up to what the shell itself does with it.</summary>
internal static class ExampleLine
{
    public static string[] Words(string line)
    {
        List<string> words = [];
        var word = new StringBuilder();
        var (quote, isWord, isInner) = ('\0', false, false);
        foreach (var c in line)
        {
            if (quote == '\0' && !isInner && c is '>' or '|')
            {
                break;
            }

            if (quote == '\0' ? c is '\'' or '"' : c == quote)
            {
                (quote, isWord) = (quote == '\0' ? c : '\0', true);
            }
            else if (quote == '\0' && c == ' ' && !isInner)
            {
                if (isWord)
                {
                    words.Add(word.ToString());
                }

                word.Clear();
                isWord = false;
            }
            else
            {
                word.Append(c);
                isWord = true;
                isInner = c == '(' || (isInner && c != ')'); // $(a command of its own)
            }
        }

        if (isWord)
        {
            words.Add(word.ToString());
        }

        quote.ShouldBe('\0', $"a quote is not closed: {line}");
        words[0].ShouldBe("migrate", line);
        return [.. words.Skip(1)];
    }
}
