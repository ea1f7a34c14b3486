using System.Globalization;
using System.Text.RegularExpressions;

namespace Migrate.Planner.Baselines.Histograms;

/// <summary>One virtual disk's histograms in a file of vscsiStats.</summary>
/// <param name="Handle">vscsiStats' handle of the disk.</param>
/// <param name="Instance">"scsi0:0" where the file says so.</param>
public sealed record VscsiDisk(long WorldGroup, long Handle, string? Instance, IReadOnlyList<IoHistogram> Histograms);

/// <summary>
/// What <c>vscsiStats -p all -c</c> prints on ESXi: sections of a title, min, max, mean, count and bins "frequency,limit". A limit is
/// inclusive; the last bin repeats the limit before it and holds what is above.
/// </summary>
public static partial class VscsiStats
{
    private const int MostProblems = 10;

    /// <exception cref="MigrateException">baseline.import-unknown: another kind of file; baseline.import-damaged: with all its problems.</exception>
    public static IReadOnlyList<VscsiDisk> Parse(string text)
    {
        var sections = Sections(text);
        if (sections.Count == 0)
        {
            throw new MigrateException(
                "baseline.import-unknown",
                "The file is no output of vscsiStats: it has no line that begins with 'Histogram:'.",
                "Print one on the ESXi host with vscsiStats -w <worldGroupID> -p all -c > file.csv.");
        }

        if (sections.All(section => section.Lines.Count == 0 || section.Lines[0].Contains('{')))
        {
            throw new MigrateException(
                "baseline.import-unknown", "The file is vscsiStats' output for people and not its CSV.", "Print it again with the option -c.");
        }

        var problems = new List<string>();
        var read = sections.Select(section => Read(section, problems)).OfType<(long WorldGroup, long Handle, string? Instance, IoHistogram Histogram)>().ToList();
        if (problems.Count > 0)
        {
            var more = problems.Count > MostProblems ? $" (and {problems.Count - MostProblems} more)" : "";
            throw new MigrateException(
                "baseline.import-damaged", $"The file of vscsiStats is damaged: {string.Join("; ", problems.Take(MostProblems))}{more}.", "Print it again, or copy it whole.");
        }

        return
        [
            .. read.GroupBy(x => (x.WorldGroup, x.Handle)).Select(disk => new VscsiDisk(
                disk.Key.WorldGroup, disk.Key.Handle, disk.Select(x => x.Instance).FirstOrDefault(x => x is not null), [.. disk.Select(x => x.Histogram)])),
        ];
    }

    private sealed record Section(int Line, string Title, List<string> Lines);

    private static List<Section> Sections(string text)
    {
        var sections = new List<Section>();
        foreach (var (line, index) in text.Split('\n').Select((line, i) => (line.Trim('\r', ' ', '\t', '\uFEFF', '"'), i)))
        {
            if (line.StartsWith("Histogram:", StringComparison.OrdinalIgnoreCase))
            {
                sections.Add(new Section(index + 1, line["Histogram:".Length..].Trim(), []));
            }
            else if (line.Length > 0 && sections.Count > 0)
            {
                sections[^1].Lines.Add(line);
            }
        }

        return sections;
    }

    private static (long, long, string?, IoHistogram)? Read(Section section, List<string> problems)
    {
        string At(string what) => $"line {section.Line} ('{section.Title.Split(',')[0]}'): {what}";
        if (MetricOf(section.Title) is not { } metric)
        {
            problems.Add(At("not a histogram that is known"));
            return null;
        }

        var facts = new Dictionary<string, double>(StringComparer.OrdinalIgnoreCase);
        var rows = new List<(long Count, double Limit)>();
        var inBins = false;
        foreach (var line in section.Lines)
        {
            var cells = line.Split(',');
            if (cells is ["Frequency", ..])
            {
                inBins = true;
            }
            else if (inBins && cells.Length == 2 && Number(cells[0]) is >= 0 and var count && Number(cells[1]) is { } limit)
            {
                rows.Add(((long)count, limit));
            }
            else if (!inBins && cells.Length == 2 && Number(cells[1]) is { } value)
            {
                facts[cells[0].Trim()] = value;
            }
            else
            {
                problems.Add(At($"'{(line.Length > 40 ? line[..40] + "…" : line)}' is neither a figure nor a bin"));
                return null;
            }
        }

        if (rows.Count == 0 || !facts.TryGetValue("count", out var total))
        {
            problems.Add(At(rows.Count == 0 ? "no bins" : "no count"));
            return null;
        }

        // The last limit again: what lies above it.
        var bins = rows.Select((row, i) => new HistogramBin(i > 0 && i == rows.Count - 1 && row.Limit.Equals(rows[i - 1].Limit) ? null : row.Limit, row.Count)).ToList();
        if (bins.Zip(bins.Skip(1)).Any(pair => pair.Second.UpTo is { } upper && upper <= pair.First.UpTo))
        {
            problems.Add(At("limits do not ascend"));
        }

        if (rows.Sum(row => row.Count) != (long)total)
        {
            problems.Add(At(string.Create(CultureInfo.InvariantCulture, $"its bins hold {rows.Sum(row => row.Count)} I/Os, its count says {total}")));
        }

        double? Fact(string name) => total > 0 && facts.TryGetValue(name, out var value) ? value : null;
        var histogram = new IoHistogram(metric, DirectionOf(section.Title), Fact("min"), Fact("max"), Fact("mean"), (long)total, bins);
        return (Id(WorldGroup(), section.Title), Id(Handle(), section.Title), Instance().Match(section.Title) is { Success: true } named ? named.Groups[1].Value : null, histogram);
    }

    private static HistogramMetric? MetricOf(string title)
    {
        bool Has(string words) => title.Contains(words, StringComparison.OrdinalIgnoreCase);
        return Has("interarrival") ? HistogramMetric.Interarrival
            : Has("IO lengths") ? HistogramMetric.IoLength
            : Has("previous 16") ? HistogramMetric.SeekDistanceOf16
            : Has("distance") ? HistogramMetric.SeekDistance
            : Has("outstanding") ? HistogramMetric.OutstandingIos
            : Has("latency") ? HistogramMetric.Latency
            : null;
    }

    /// <summary>From the words before the first comma: behind it are ids.</summary>
    private static IoDirection DirectionOf(string title) => title.Split(',')[0] switch
    {
        var words when Reads().IsMatch(words) => IoDirection.Read,
        var words when Writes().IsMatch(words) => IoDirection.Write,
        _ => IoDirection.All,
    };

    private static double? Number(string cell) =>
        double.TryParse(cell.Trim(), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;

    private static long Id(Regex regex, string title) =>
        regex.Match(title) is { Success: true } match && long.TryParse(match.Groups[1].Value, CultureInfo.InvariantCulture, out var id) ? id : 0;

    [GeneratedRegex(@"\breads?\b", RegexOptions.IgnoreCase)]
    private static partial Regex Reads();

    [GeneratedRegex(@"\bwrites?\b", RegexOptions.IgnoreCase)]
    private static partial Regex Writes();

    [GeneratedRegex(@"worldGroupID\s*[:,]\s*(\d+)", RegexOptions.IgnoreCase)]
    private static partial Regex WorldGroup();

    [GeneratedRegex(@"handleID\s*[:,]\s*(\d+)", RegexOptions.IgnoreCase)]
    private static partial Regex Handle();

    [GeneratedRegex(@"\(?((?:scsi|ide|sata|nvme)\d+:\d+)\)?", RegexOptions.IgnoreCase)]
    private static partial Regex Instance();
}
