namespace Migrate.Planner.Baselines.Series;

/// <summary>
/// What vSAN's performance service told of a disk, in the same blocks as PerformanceManager's samples and under a name of its own: its
/// samples are means of five minutes and not of 20 s, and the two are never mixed.
/// </summary>
public static class VsanSeries
{
    public const int IntervalSeconds = 300;
    private const string Prefix = "vsan/";

    /// <summary>"vsan/scsi0:0".</summary>
    public static string InstanceOf(string diskInstance) => Prefix + diskInstance;

    public static bool Is(string instance) => instance.StartsWith(Prefix, StringComparison.Ordinal);
}
