using System.Diagnostics;

namespace Migrate.Target.Statistics;

/// <summary>Sums of commands since the target started: of one namespace, or of one host.</summary>
public sealed class CommandTotals
{
    private readonly long[] _bytes = new long[CommandCounters.Classes];
    private readonly long[] _ticks = new long[CommandCounters.Classes];
    private readonly long[][] _latencies = [.. Enumerable.Range(0, CommandCounters.Classes).Select(_ => new long[LatencyBuckets.Count])];
    private readonly SortedDictionary<ushort, long> _errors = [];

    /// <summary>Completed commands, also those with an error.</summary>
    public long Commands(CommandClass commandClass) => _latencies[(int)commandClass].Sum();

    /// <summary>Bytes that commands of this class moved, or deallocated.</summary>
    public long Bytes(CommandClass commandClass) => _bytes[(int)commandClass];

    /// <summary>The latencies of all commands of this class together.</summary>
    public TimeSpan Time(CommandClass commandClass) => Stopwatch.GetElapsedTime(0, _ticks[(int)commandClass]);

    /// <summary>Commands by latency, from the last byte of the command's arrival to its answer, in the buckets of <see cref="LatencyBuckets"/>.</summary>
    public IReadOnlyList<long> Latencies(CommandClass commandClass) => _latencies[(int)commandClass];

    /// <summary>Completions other than success, by status code type and code as Linux logs them (<c>0x302</c>), without "do not retry".</summary>
    public IReadOnlyDictionary<ushort, long> Errors => _errors;

    /// <summary>
    /// The latency that this part (0 to 1) of the commands did not exceed, at most a quarter too long; null without commands,
    /// <see cref="TimeSpan.MaxValue"/> from 34 s.
    /// </summary>
    public TimeSpan? Percentile(CommandClass commandClass, double part) => LatencyBuckets.PercentileNanoseconds(_latencies[(int)commandClass], part) switch
    {
        null => null,
        long.MaxValue => TimeSpan.MaxValue,
        { } bound => TimeSpan.FromTicks(bound / TimeSpan.NanosecondsPerTick),
    };

    internal void Add(CommandClass commandClass, long bytes, long ticks, ReadOnlySpan<long> latencies)
    {
        _bytes[(int)commandClass] += bytes;
        _ticks[(int)commandClass] += ticks;
        var sums = _latencies[(int)commandClass];
        for (var bucket = 0; bucket < sums.Length; bucket++)
        {
            sums[bucket] += latencies[bucket];
        }
    }

    internal void AddError(ushort status, long count) => _errors[status] = _errors.GetValueOrDefault(status) + count;

    internal void Add(CommandTotals other)
    {
        for (var commandClass = 0; commandClass < CommandCounters.Classes; commandClass++)
        {
            Add((CommandClass)commandClass, other._bytes[commandClass], other._ticks[commandClass], other._latencies[commandClass]);
        }

        foreach (var (status, count) in other._errors)
        {
            AddError(status, count);
        }
    }
}
