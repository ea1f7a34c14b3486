using Migrate.Planner.Inventory;

namespace Migrate.Planner.Offline;

/// <summary>What was wrong in a source's files, one line each: which file, and why. They become <see cref="SourceInventory.Gaps"/>.</summary>
internal sealed class Problems(OfflineLimits limits)
{
    private readonly List<string> _lines = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private int _left;

    public IReadOnlyCollection<string> Lines => _left == 0 ? _lines : [.. _lines, $"{_left} more problems are not listed"];

    public void Add(string subject, string cause)
    {
        var line = $"{OneLine(subject)}: {OneLine(cause)}";
        if (_lines.Count >= limits.Problems)
        {
            _left++;
        }
        else if (_seen.Add(line))
        {
            _lines.Add(line);
        }
    }

    /// <summary>Names and values of files may hold anything; a problem is a line that people read.</summary>
    internal static string OneLine(string text, int longest = 400)
    {
        var clean = string.Concat(text.Take(longest).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? ' ' : c));
        return text.Length > longest ? clean + "…" : clean;
    }
}
