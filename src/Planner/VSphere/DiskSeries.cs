using System.Globalization;
using Migrate.Vim25;
using VirtualDisk = Migrate.Planner.Inventory.VirtualDisk;

namespace Migrate.Planner.VSphere;

/// <summary>What one disk's counters gave, by counter name. A kilobyte of PerformanceManager is taken as 1024 bytes.</summary>
internal sealed class DiskSeries
{
    private readonly Dictionary<string, double?[]> _values = new(StringComparer.Ordinal);

    private DiskSeries(VirtualDisk disk, IReadOnlyList<DateTime> times) => (Disk, Times) = (disk, times);

    public VirtualDisk Disk { get; }

    public IReadOnlyList<DateTime> Times { get; }

    public bool Fills(string counter) => _values.TryGetValue(counter, out var values) && values.Any(v => v is not null);

    public double? At(string counter, int index) =>
        _values.TryGetValue(counter, out var values) && index < values.Length ? values[index] : null;

    /// <summary>From an answer in CSV, which was asked for, or in the normal format, which some servers give all the same.</summary>
    public static DiskSeries Of(VirtualDisk disk, PerfEntityMetricBase? answer, IReadOnlyDictionary<string, int> ids)
    {
        var (times, rows) = answer switch
        {
            PerfEntityMetricCSV csv => (TimesIn(csv.SampleInfoCSV), (csv.Value ?? []).Select(v => (v.Id, Values: ValuesIn(v.Value)))),
            PerfEntityMetric normal => (
                (normal.SampleInfo ?? []).Select(s => s.Timestamp.ToUniversalTime()).ToArray(),
                (normal.Value ?? []).OfType<PerfMetricIntSeries>().Select(v => (v.Id, Values: (v.Value ?? []).Select(x => x < 0 ? null : (double?)x).ToArray()))),
            _ => ([], []),
        };
        var series = new DiskSeries(disk, times);
        // A series without a value for every time cannot be put into time, and counts as not filled.
        foreach (var (id, values) in rows.Where(r => r.Id?.Instance == disk.Instance && r.Values.Length == times.Length))
        {
            if (ids.FirstOrDefault(i => i.Value == id.CounterId).Key is { } name)
            {
                series._values[name] = values;
            }
        }

        return series;
    }

    /// <summary>"20,2024-05-01T10:00:20Z,20,2024-05-01T10:00:40Z": interval and time by turns.</summary>
    private static DateTime[] TimesIn(string? csv) =>
        [.. Cells(csv).Where((_, i) => i % 2 == 1).Select(t => DateTime.Parse(t, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal))];

    /// <summary>-1 and an empty cell are samples that the server does not have.</summary>
    private static double?[] ValuesIn(string? csv) =>
        [.. Cells(csv).Select(c => double.TryParse(c, NumberStyles.Float, CultureInfo.InvariantCulture, out var v) && v >= 0 ? v : (double?)null)];

    private static string[] Cells(string? csv) => string.IsNullOrEmpty(csv) ? [] : csv.Split(',');
}
