namespace Migrate.Planner.Baselines.Series;

/// <summary>
/// One disk's samples in order of time, a column per counter. A time is the end of its 20 s interval in whole seconds since 1970 UTC,
/// as servers write it, and occurs once: a sample that is met again is the same sample. Immutable.
/// </summary>
public sealed class SampleSeries
{
    /// <summary>The server had no value for this counter and interval; vSphere writes the same.</summary>
    public const long Missing = -1;

    /// <summary>PerformanceManager's realtime interval.</summary>
    public const int IntervalSeconds = 20;

    public static readonly int CounterCount = Enum.GetValues<DiskCounter>().Length;

    private readonly long[] _seconds;
    private readonly long[][] _columns;

    private SampleSeries(long[] seconds, long[][] columns) => (_seconds, _columns) = (seconds, columns);

    public static SampleSeries Empty { get; } = new([], [.. Enumerable.Range(0, CounterCount).Select(_ => Array.Empty<long>())]);

    public int Count => _seconds.Length;

    public IReadOnlyList<long> Seconds => _seconds;

    public long this[DiskCounter counter, int index] => _columns[(int)counter][index];

    public IReadOnlyList<long> Column(DiskCounter counter) => _columns[(int)counter];

    public DateTime At(int index) => DateTime.UnixEpoch.AddSeconds(_seconds[index]);

    /// <summary>Null where the server had no value.</summary>
    public double? Value(DiskCounter counter, int index) => _columns[(int)counter][index] is >= 0 and var value ? value : null;

    /// <summary>True when any interval carries the counter.</summary>
    public bool Fills(DiskCounter counter) => Array.Exists(_columns[(int)counter], value => value != Missing);

    /// <summary>
    /// From columns as they came; absent columns are missing throughout. Times may come in any order and more than once, as servers
    /// repeat intervals: a value beats none, else the later row.
    /// </summary>
    public static SampleSeries Of(IReadOnlyList<long> seconds, IReadOnlyDictionary<DiskCounter, long[]> columns)
    {
        var rows = seconds.Select((second, row) => (second, row)).GroupBy(x => x.second).OrderBy(group => group.Key).ToList();
        var made = new long[CounterCount][];
        for (var counter = 0; counter < CounterCount; counter++)
        {
            made[counter] = new long[rows.Count];
            Array.Fill(made[counter], Missing);
            if (!columns.TryGetValue((DiskCounter)counter, out var values))
            {
                continue;
            }

            for (var i = 0; i < rows.Count; i++)
            {
                foreach (var (_, row) in rows[i])
                {
                    made[counter][i] = values[row] >= 0 ? values[row] : made[counter][i];
                }
            }
        }

        return new SampleSeries([.. rows.Select(group => group.Key)], made);
    }

    /// <summary>For the codec, which has them in order and complete.</summary>
    internal static SampleSeries OfColumns(long[] seconds, long[][] columns) => new(seconds, columns);

    /// <summary>
    /// Both series' samples. Merging is idempotent: what is there already changes nothing, and a value is never replaced by none.
    /// Where both have a value, <paramref name="newer"/>'s is taken.
    /// </summary>
    public SampleSeries Merge(SampleSeries newer)
    {
        if (newer.Count == 0)
        {
            return this;
        }

        var seconds = _seconds.Union(newer._seconds).Order().ToArray();
        var columns = new long[CounterCount][];
        for (var counter = 0; counter < CounterCount; counter++)
        {
            columns[counter] = new long[seconds.Length];
            Array.Fill(columns[counter], Missing);
        }

        Lay(this);
        Lay(newer);
        return new SampleSeries(seconds, columns);

        void Lay(SampleSeries from)
        {
            for (int i = 0, at = 0; i < from.Count; i++, at++)
            {
                while (seconds[at] != from._seconds[i])
                {
                    at++;
                }

                for (var counter = 0; counter < CounterCount; counter++)
                {
                    var value = from._columns[counter][i];
                    columns[counter][at] = value >= 0 ? value : columns[counter][at];
                }
            }
        }
    }

    /// <summary>Series that follow one another in time.</summary>
    internal static SampleSeries Concat(IReadOnlyList<SampleSeries> parts) => parts.Count == 1
        ? parts[0]
        : new SampleSeries(
            [.. parts.SelectMany(part => part._seconds)],
            [.. Enumerable.Range(0, CounterCount).Select(counter => parts.SelectMany(part => part._columns[counter]).ToArray())]);

    /// <summary>Samples from <paramref name="from"/> (inclusive) to <paramref name="to"/> (exclusive), in seconds since 1970.</summary>
    public SampleSeries Slice(long from, long to)
    {
        var first = LowerBound(from);
        var last = Math.Max(first, LowerBound(to));
        return first == 0 && last == Count ? this : new SampleSeries(_seconds[first..last], [.. _columns.Select(column => column[first..last])]);
    }

    private int LowerBound(long second)
    {
        var found = Array.BinarySearch(_seconds, second);
        return found < 0 ? ~found : found;
    }
}
