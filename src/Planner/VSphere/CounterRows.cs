using System.Globalization;
using Migrate.Planner.Baselines.Series;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>An answer to QueryPerf as series by instance.</summary>
internal static class CounterRows
{
    /// <summary>
    /// From CSV, which was asked for and is a tenth of the other's size, or from the normal format, which some servers give all the
    /// same. A row that has not a value for every time cannot be put into time, and is left out; a time that is none costs its own sample.
    /// </summary>
    public static Dictionary<string, SampleSeries> Read(PerfEntityMetricBase answer, IReadOnlyDictionary<int, DiskCounter> counters)
    {
        var (times, rows) = answer switch
        {
            PerfEntityMetricCSV csv => (TimesIn(csv.SampleInfoCSV), (csv.Value ?? []).Select(v => (v.Id, Values: ValuesIn(v.Value)))),
            PerfEntityMetric normal => (
                [.. (normal.SampleInfo ?? []).Select(s => (long?)SampleStore.Seconds(s.Timestamp.ToUniversalTime()))],
                (normal.Value ?? []).OfType<PerfMetricIntSeries>().Select(v => (v.Id, Values: (v.Value ?? []).Select(x => Math.Max(x, SampleSeries.Missing)).ToArray()))),
            _ => (Array.Empty<long?>(), Enumerable.Empty<(PerfMetricId Id, long[] Values)>()),
        };
        List<int> good = [.. Enumerable.Range(0, times.Length).Where(i => times[i] is not null)];
        List<long> seconds = [.. good.Select(i => times[i]!.Value)];
        return rows
            .Where(row => row.Id?.Instance is { Length: > 0 } && row.Values.Length == times.Length && counters.ContainsKey(row.Id.CounterId))
            .GroupBy(row => row.Id.Instance, StringComparer.Ordinal)
            .ToDictionary(
                disk => disk.Key,
                disk => SampleSeries.Of(
                    seconds, disk.GroupBy(row => counters[row.Id.CounterId]).ToDictionary(g => g.Key, g => good.Count == times.Length ? g.First().Values : [.. good.Select(i => g.First().Values[i])])),
                StringComparer.Ordinal);
    }

    /// <summary>"20,2024-05-01T10:00:20Z,20,2024-05-01T10:00:40Z": interval and time by turns.</summary>
    private static long?[] TimesIn(string? csv) =>
    [
        .. Cells(csv).Where((_, i) => i % 2 == 1).Select(t => DateTime.TryParse(
            t, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out var time) ? SampleStore.Seconds(time) : (long?)null),
    ];

    /// <summary>-1 and an empty cell are samples that the server does not have.</summary>
    private static long[] ValuesIn(string? csv) =>
    [
        .. Cells(csv).Select(c => double.TryParse(c, NumberStyles.Float, CultureInfo.InvariantCulture, out var v) && v >= 0 && v < 1L << 60
            ? (long)Math.Round(v)
            : SampleSeries.Missing),
    ];

    private static string[] Cells(string? csv) => string.IsNullOrEmpty(csv) ? [] : csv.Split(',');
}
