using System.Globalization;
using System.Xml.Linq;
using Migrate.Planner.Baselines.Series;

namespace Migrate.Planner.VSphere.Storage;

/// <summary>Answers of vSAN's performance service as series.</summary>
internal static class VsanPerformanceRows
{
    /// <summary>What is asked for of each disk, and where it is kept.</summary>
    public static readonly IReadOnlyDictionary<string, DiskCounter> Labels = new Dictionary<string, DiskCounter>(StringComparer.Ordinal)
    {
        ["iopsRead"] = DiskCounter.ReadIops,
        ["iopsWrite"] = DiskCounter.WriteIops,
        ["throughputRead"] = DiskCounter.ReadKilobytes,
        ["throughputWrite"] = DiskCounter.WriteKilobytes,
        ["latencyRead"] = DiskCounter.ReadLatencyUs,
        ["latencyWrite"] = DiskCounter.WriteLatencyUs,
    };

    /// <summary>Clocks of time zones differ by quarters of an hour.</summary>
    private static readonly TimeSpan ZoneStep = TimeSpan.FromMinutes(15);
    private const int MostZoneSteps = 14 * 4;

    /// <summary>Units of a type's metrics by label, as VsanPerfGetSupportedEntityTypes tells them.</summary>
    public static IReadOnlyDictionary<string, string> UnitsOf(XElement entityType) => entityType.Children("graphs")
        .SelectMany(graph => graph.Children("metrics"), (graph, metric) => (Label: metric.Text("label"), Unit: graph.Text("unit")))
        .Where(x => x is { Label: not null, Unit: not null }).GroupBy(x => x.Label!, StringComparer.Ordinal)
        .ToDictionary(metric => metric.Key, metric => metric.First().Unit!, StringComparer.Ordinal);

    /// <summary>
    /// The samples of one entity, asked for inside (from, to], and what is wrong with them. Times come without a zone: some releases write
    /// UTC, some vCenter's own time. Those that lie inside are UTC; else the smallest shift of whole quarters that brings all of them inside
    /// is taken. A time that is none costs its own sample; times that no shift brings inside cost all.
    /// </summary>
    public static (SampleSeries Samples, string? Problem) Read(XElement metrics, IReadOnlyDictionary<string, string> units, DateTime from, DateTime to)
    {
        var cells = Cells(metrics.Text("sampleInfo"));
        List<(int Row, DateTime Time)> times = [.. cells.Select((cell, row) => (row, Good: DateTime.TryParse(
            cell, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time), time)).Where(x => x.Good).Select(x => (x.row, x.time))];
        if (times.Count == 0)
        {
            return (SampleSeries.Empty, cells.Length == 0 ? null : $"none of the {cells.Length} times that vSAN gave can be read ('{cells[0]}')");
        }

        if (ShiftOf([.. times.Select(x => x.Time)], from, to) is not { } shift)
        {
            return (SampleSeries.Empty, "vSAN gave times that lie outside of what was asked for in every time zone. Set the clocks of vCenter and its hosts.");
        }

        var columns = new Dictionary<DiskCounter, long[]>();
        foreach (var metric in metrics.Children("value"))
        {
            var values = Cells(metric.Text("values"));
            if (metric.Text("metricId", "label") is { } label && Labels.TryGetValue(label, out var counter) && values.Length == cells.Length
                && FactorOf(counter, units.GetValueOrDefault(label)) is { } factor)
            {
                columns[counter] = [.. times.Select(x => double.TryParse(values[x.Row], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= 0 && value * factor < 1L << 60
                    ? (long)Math.Round(value * factor) : SampleSeries.Missing)];
            }
        }

        return (
            SampleSeries.Of([.. times.Select(x => SampleStore.Seconds(x.Time + shift))], columns),
            times.Count < cells.Length ? $"{cells.Length - times.Count} of the {cells.Length} times that vSAN gave cannot be read; their samples are missing" : null);
    }

    /// <summary>To the counter's unit; null for a unit that is not known: a figure of unknown unit is none.</summary>
    private static double? FactorOf(DiskCounter counter, string? unit) => counter switch
    {
        DiskCounter.ReadLatencyUs or DiskCounter.WriteLatencyUs => unit switch { "time_us" => 1, "time_ms" => 1000, "time_ns" => 1e-3, "time_s" => 1e6, _ => null },
        DiskCounter.ReadKilobytes or DiskCounter.WriteKilobytes => unit is "rate_bytes" ? 1.0 / 1024 : null,
        _ => unit is "number" ? 1 : null,
    };

    private static TimeSpan? ShiftOf(List<DateTime> times, DateTime from, DateTime to)
    {
        var (first, last) = (times.Min(), times.Max());
        foreach (var step in Enumerable.Range(0, (2 * MostZoneSteps) + 1))
        {
            var shift = (step % 2 == 0 ? step / 2 : -(step + 1) / 2) * ZoneStep; // 0, -1, 1, -2, 2, …
            if (first + shift >= from && last + shift <= to)
            {
                return shift;
            }
        }

        return null;
    }

    private static string[] Cells(string? csv) => string.IsNullOrEmpty(csv) ? [] : csv.Split(',', StringSplitOptions.TrimEntries);
}
