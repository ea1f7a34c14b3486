using Migrate.Executor.Validation.Latency;

namespace Migrate.Executor.Validation.Observation;

/// <summary>What was observed, as the verdict takes it. Pure.</summary>
public sealed record ObservedEvidence(IReadOnlyList<ObservedLatency> Latencies)
{
    private const string Qemu = "QEMU";

    public static ObservedEvidence None { get; } = new([]);

    /// <param name="state">What is known after the last interval.</param>
    /// <param name="intervals">All of them.</param>
    /// <param name="startedAt">When QEMU began to count.</param>
    /// <param name="hostClockSeconds">How far the KVM host's clock is surely off; null when nobody knows.</param>
    public static ObservedEvidence Of(ObservationState state, IReadOnlyList<ObservedInterval> intervals, DateTime startedAt, double? hostClockSeconds)
    {
        List<ObservedLatency> latencies = [];
        foreach (var (index, disk) in state.Disks.Index())
        {
            var seen = intervals.Where(x => x.Disks[index] is not null).ToList();
            var used = seen.Where(x => !x.Marks.HasFlag(IntervalMarks.BesideCopy)).ToList();
            var coverage = new Coverage((state.At - startedAt).TotalSeconds, Seconds(used), Seconds(seen) - Seconds(used));
            var refusals = ObservationRefusals.Of(disk, state.Notes, coverage, hostClockSeconds);
            var mayPass = ObservationRefusals.MayPass(state.Notes, disk.DiskKey) && !ObservationRefusals.IsOff(hostClockSeconds);
            latencies.Add(new ObservedLatency(disk.DiskKey, disk.Label, Evidence(used, x => x.Disks[index]!.Read, refusals, mayPass), Evidence(used, x => x.Disks[index]!.Write, refusals, mayPass)));
        }

        return new ObservedEvidence(latencies);
    }

    private static double Seconds(IEnumerable<ObservedInterval> intervals) => intervals.Sum(x => x.Milliseconds) / 1000.0;

    private static LatencyEvidence Evidence(IReadOnlyList<ObservedInterval> intervals, Func<ObservedInterval, DirectionTotals> of, IReadOnlyList<string> refusals, bool mayPass) => new()
    {
        Origin = Qemu,
        LimitsUs = HistogramGrid.LimitsUs,
        Counts = Counts(intervals.Select(of)),
        Refusals = refusals,
        RefusalsMayPass = mayPass,
        ObservedSeconds = Seconds(intervals),
        Intervals =
        [
            .. intervals.Where(x => x.Milliseconds > 0 && of(x).Operations > 0).Select(x => new LatencyInterval(
                x.EndedAt, x.Milliseconds / 1000.0, of(x).Operations, of(x).Bytes, of(x).Nanoseconds / 1000.0 / of(x).Operations, of(x).Bins)),
        ],
    };

    private static long[] Counts(IEnumerable<DirectionTotals> parts)
    {
        var counts = new long[HistogramGrid.Bins];
        foreach (var part in parts)
        {
            for (var bin = 0; bin < counts.Length; bin++)
            {
                counts[bin] += part.Bins[bin];
            }
        }

        return counts;
    }
}
