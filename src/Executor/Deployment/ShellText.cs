using System.Text;
using Migrate.Planner;

namespace Migrate.Executor.Deployment;

/// <summary>Text inside of scripts.</summary>
internal static class ShellText
{
    /// <summary>A comment of one line: names come from the source and may hold anything.</summary>
    public static string Comment(string text) => OneLine.Of(text);

    /// <summary>Writes a file with exactly this content; the end marker is none of its lines.</summary>
    public static string WriteFile(string path, string content)
    {
        var marker = "END_OF_FILE";
        while (content.Split('\n').Contains(marker))
        {
            marker += "_";
        }
        return new StringBuilder().Append("cat > ").Append(path).Append(" <<'").Append(marker).Append("'\n").Append(content.TrimEnd('\n')).Append('\n').Append(marker).Append('\n').ToString();
    }
}
