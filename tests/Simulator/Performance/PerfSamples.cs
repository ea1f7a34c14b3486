using Migrate.Simulator.Estates;
using Migrate.Simulator.Inventory;

namespace Migrate.Simulator.Performance;

/// <summary>
/// Realtime samples: one each 20 s for an hour, a function of seed, instance and time alone, so that two readings of
/// the same interval agree.
/// </summary>
internal sealed class PerfSamples(int seed)
{
    private readonly Lock _lock = new();
    private readonly List<(string Datastore, DateTime From, double? Milliseconds)> _told = [];

    public const int IntervalSeconds = 20;
    private const int Kept = 180;

    /// <summary>Ends of the intervals inside (from, to], oldest first.</summary>
    public static List<DateTime> Times(DateTime now, DateTime? from, DateTime? to, int? maxSamples)
    {
        var newest = now.Ticks / TimeSpan.TicksPerSecond / IntervalSeconds;
        var times = Enumerable.Range(0, Kept)
            .Select(i => new DateTime((newest - Kept + 1 + i) * IntervalSeconds * TimeSpan.TicksPerSecond, DateTimeKind.Utc))
            .Where(t => (from is null || t > from) && (to is null || t <= to)).ToList();
        return maxSamples is > 0 && maxSamples < times.Count ? times[^maxSamples.Value..] : times;
    }

    /// <summary>From now on the datastore's I/O takes so long, whatever its load; null for what its load makes of it.</summary>
    public void Tell(string datastoreUuid, double? milliseconds, DateTime now)
    {
        lock (_lock)
        {
            _told.Add((datastoreUuid, now, milliseconds));
        }
    }

    /// <summary>-1: the server has no sample for this interval.</summary>
    public long Value(PerfCounter counter, PerfInstance instance, DateTime time)
    {
        var slot = time.Ticks / TimeSpan.TicksPerSecond / IntervalSeconds;
        if (Noise(instance, "gap", slot) < instance.Load.Gaps)
        {
            return -1;
        }

        if (instance.Group == "datastore" && counter.Name is "totalReadLatency" or "totalWriteLatency" && ToldOf(instance.Instance, time) is { } told)
        {
            return (long)told;
        }

        // A slow swell of a quarter of an hour with noise on it: alike from sample to sample, as real load is.
        var burst = instance.Load.Bursts > 0 && Noise(instance, "burst", slot / 15) < instance.Load.Bursts;
        var swell = (1 + 0.25 * Math.Sin(2 * Math.PI * slot / 45.0)) * Day(instance.Load, time) * (burst ? 5 : 1);
        // Rates are whole numbers; what is said about latency and queue is about the I/Os that are counted.
        var read = Math.Round(instance.Load.ReadIops * swell * Jitter(instance, "r", slot));
        var write = Math.Round(instance.Load.WriteIops * swell * Jitter(instance, "w", slot));
        var readUs = read > 0 ? instance.Load.ReadLatencyUs * Jitter(instance, "rl", slot) * (burst ? 2 : 1) : 0;
        var writeUs = write > 0 ? instance.Load.WriteLatencyUs * Jitter(instance, "wl", slot) * (burst ? 2 : 1) : 0;
        var seeks = (read + write) * IntervalSeconds;
        return (long)Math.Round(counter.Name switch
        {
            "numberReadAveraged" or "datastoreReadIops" => read,
            "numberWriteAveraged" or "datastoreWriteIops" => write,
            "read" => read * instance.Load.ReadBytes / 1024,
            "write" => write * instance.Load.WriteBytes / 1024,
            "readLatencyUS" => readUs,
            "writeLatencyUS" => writeUs,
            // Whole milliseconds: a disk that answers in 200 µs reads as 0 here.
            "totalReadLatency" => Math.Floor(readUs / 1000),
            "totalWriteLatency" => Math.Floor(writeUs / 1000),
            "sizeNormalizedDatastoreLatency" or "datastoreVMObservedLatency" => (readUs + writeUs) / 2,
            // Little's law keeps the queue in step with load and latency.
            "readOIO" => read * readUs / 1e6,
            "writeOIO" => write * writeUs / 1e6,
            "readIOSize" => instance.Load.ReadBytes,
            "writeIOSize" => instance.Load.WriteBytes,
            "smallSeeks" => seeks * instance.Load.SequentialShare,
            "mediumSeeks" => seeks * (1 - instance.Load.SequentialShare) / 4,
            "largeSeeks" => seeks * (1 - instance.Load.SequentialShare) * 3 / 4,
            "commandsAborted" => Noise(instance, "abort", slot) < instance.Load.AbortsPerHour * IntervalSeconds / 3600 ? 1 : 0,
            "usage" => 1500 * swell * Jitter(instance, "cpu", slot),
            "consumed" => 1 << 20,
            "queueDepth" => 1024,
            "deviceLatency" or "maxTotalLatency" => Math.Floor((readUs + writeUs) / 2000),
            _ => 0,
        });
    }

    private double? ToldOf(string datastoreUuid, DateTime time)
    {
        lock (_lock)
        {
            return _told.LastOrDefault(x => x.Datastore == datastoreUuid && x.From < time).Milliseconds;
        }
    }

    /// <summary>Working hours against nights and weekends.</summary>
    private static double Day(EstateLoad load, DateTime time) =>
        (1 + (load.DailySwing * Math.Cos(2 * Math.PI * (time.TimeOfDay.TotalHours - 14) / 24)))
        * (load.DailySwing > 0 && time.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? 0.5 : 1);

    private double Jitter(PerfInstance instance, string about, long slot) => 0.9 + 0.2 * Noise(instance, about, slot);

    private double Noise(PerfInstance instance, string about, long slot) =>
        BitConverter.ToUInt32(StableBytes.Of($"{seed}/{instance.Group}/{instance.Identity}/{about}/{slot}")) / (double)uint.MaxValue;
}
