using System.Globalization;
using Migrate.Executor.Destinations.Facts;

namespace Migrate.Executor.Destinations.Reading;

/// <summary>A host's answers to <see cref="HostScript"/>, by question, and what is missing of them.</summary>
internal sealed class HostAnswers
{
    private const int TimedOut = 124;
    private readonly Dictionary<string, (int Status, string Text)> _answers = new(StringComparer.Ordinal);
    private readonly List<FactGap> _gaps = [];

    public IReadOnlyList<FactGap> Gaps => _gaps;

    public static HostAnswers Parse(string output, string mark)
    {
        var answers = new HostAnswers();
        foreach (var part in output.Split($"\n@@{mark} ? ")[1..])
        {
            var end = part.IndexOf($"\n@@{mark} = ", StringComparison.Ordinal);
            var name = part[..part.IndexOf('\n')];
            if (end < 0)
            {
                answers._answers[name] = (-1, "the answer broke off");
                continue;
            }

            var text = end <= name.Length ? "" : part[(name.Length + 1)..end];
            var status = part[end..].Split(' ', '\n').Last(word => word.Length > 0 && char.IsAsciiDigit(word[0]));
            answers._answers[name] = (int.Parse(status, CultureInfo.InvariantCulture), text);
        }

        return answers;
    }

    /// <summary>What the answer means, as <paramref name="read"/> reads it; a gap and the default where there is no answer or it cannot be read.</summary>
    public T? Read<T>(string question, Func<string, T?> read)
    {
        if (!_answers.TryGetValue(question, out var answer))
        {
            return Gap<T>(question, "the host did not answer");
        }

        if (answer.Status != 0)
        {
            var words = answer.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
            return Gap<T>(question, answer.Status == TimedOut ? "the question took too long" : words ?? $"exit status {answer.Status}");
        }

        try
        {
            return read(answer.Text);
        }
        catch (Exception e) when (e is FormatException or System.Text.Json.JsonException or KeyNotFoundException or InvalidOperationException or OverflowException)
        {
            return Gap<T>(question, $"the answer cannot be read: {e.Message}");
        }
    }

    public void Add(string fact, string reason) => _gaps.Add(new FactGap(fact, reason));

    /// <summary>Lines of a name and the rest, as several questions are answered.</summary>
    public static Dictionary<string, string> Pairs(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(line => line.Split(' ', 2)).Where(pair => pair.Length == 2 && pair[1].Length > 0).DistinctBy(pair => pair[0]).ToDictionary(pair => pair[0], pair => pair[1].Trim(), StringComparer.Ordinal);

    private T? Gap<T>(string question, string reason)
    {
        Add(question, reason);
        return default;
    }
}
