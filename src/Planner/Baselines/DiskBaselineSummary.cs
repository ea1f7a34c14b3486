namespace Migrate.Planner.Baselines;

/// <summary>
/// One disk's figures. <paramref name="SampleCount"/> counts the intervals that carry any value; <paramref name="Coverage"/> is their
/// share (0…1) of the intervals that the whole baseline's window has.
/// </summary>
public sealed record DiskBaselineSummary(
    int DiskKey, string Instance, int SampleCount, double Coverage, DirectionSummary Read, DirectionSummary Write)
{
    /// <summary>PerformanceManager's realtime interval.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);

    internal static DiskBaselineSummary Of(DiskBaseline disk, TimeSpan window)
    {
        int withValue = disk.Samples.Count(HasValue);
        double expected = Math.Round(window / Interval);
        return new DiskBaselineSummary(disk.DiskKey, disk.Instance, withValue, expected == 0 ? 0 : Math.Min(1, withValue / expected),
            DirectionSummary.Of(disk.Samples, s => s.ReadIops, s => s.ReadLatencyUs, s => s.ReadBytesPerSecond, s => s.ReadOutstanding),
            DirectionSummary.Of(disk.Samples, s => s.WriteIops, s => s.WriteLatencyUs, s => s.WriteBytesPerSecond, s => s.WriteOutstanding));
    }

    private static bool HasValue(BaselineSample sample) =>
        (sample.ReadIops ?? sample.WriteIops ?? sample.ReadLatencyUs ?? sample.WriteLatencyUs ?? sample.ReadBytesPerSecond
            ?? sample.WriteBytesPerSecond ?? sample.ReadOutstanding ?? sample.WriteOutstanding) is not null;
}
