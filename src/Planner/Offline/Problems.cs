using Migrate.Planner.Inventory;

namespace Migrate.Planner.Offline;

/// <summary>What was wrong in a source's files, one line each: which file, and why. They become <see cref="SourceInventory.Gaps"/>.</summary>
internal sealed class Problems(OfflineLimits limits)
{
    /// <summary>A file that is no text at all has something wrong in every line: more of it tells nobody anything.</summary>
    private const int MostOfFile = 20;

    private readonly List<string> _lines = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _ofFile = new(StringComparer.Ordinal);
    private int _left;

    public IReadOnlyCollection<string> Lines =>
    [
        .. _lines, .. _ofFile.Where(x => x.Value > MostOfFile).Select(x => $"{x.Key}: {x.Value - MostOfFile} more problems are not listed"),
        .. _left == 0 ? Array.Empty<string>() : [$"{_left} more problems are not listed"],
    ];

    public void Add(string subject, string cause)
    {
        var line = $"{OneLine(subject)}: {OneLine(cause)}";
        if (_lines.Count >= limits.Problems)
        {
            _left++;
        }
        else if (_seen.Add(line))
        {
            var file = OneLine(subject.Split(" line ", 2)[0]);
            var count = _ofFile[file] = _ofFile.GetValueOrDefault(file) + 1;
            if (count <= MostOfFile)
            {
                _lines.Add(line);
            }
        }
    }

    /// <summary>What is wrong with a file that a parser of XML refused. A document type is refused by us, with advice that is meant for programmers.</summary>
    internal static string OfXml(Exception fault) => fault.Message.Contains("DTD", StringComparison.Ordinal)
        ? "it has a document type (<!DOCTYPE …>), which no file of this kind needs and which is never read"
        : $"it is no XML, or breaks off: {fault.Message}";

    /// <summary>Names and values of files may hold anything; a problem is a line that people read.</summary>
    internal static string OneLine(string text, int longest = 400)
    {
        var clean = string.Concat(text.Take(longest).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? ' ' : c));
        return text.Length > longest ? clean + "…" : clean;
    }
}
