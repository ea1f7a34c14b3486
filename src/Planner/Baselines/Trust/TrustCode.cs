namespace Migrate.Planner.Baselines.Trust;

/// <summary>The codes of all reasons, listed in docs/baselines.md. Each is a concern of exactly one rule.</summary>
public static class TrustCode
{
    public const string WindowBelowADay = "window-below-a-day";
    public const string WindowBelowAWeek = "window-below-a-week";
    public const string Coverage = "coverage";
    public const string LatencyInMilliseconds = "latency-in-milliseconds";
    public const string CountersMissing = "counters-missing";
    public const string AbortedCommands = "aborted-commands";
    public const string NoSamples = "no-samples";
    public const string LastHourUnread = "last-hour-unread";
    public const string TooFewSamples = "too-few-samples";
    public const string LittlesLaw = "littles-law";
    public const string EventsUnknown = "events-unknown";
    public const string StorageMoved = "storage-moved";
    public const string HostMoved = "host-moved";
    public const string Cloned = "cloned";
    public const string SnapshotTaken = "snapshot-taken";
    public const string SnapshotRemoved = "snapshot-removed";
    public const string IoControl = "io-control";
    public const string IopsLimit = "iops-limit";
    public const string TieredMedia = "tiered-media";
    public const string ClockSkew = "clock-skew";

    public static IReadOnlyList<string> All { get; } =
    [
        WindowBelowADay, WindowBelowAWeek, Coverage, LatencyInMilliseconds, CountersMissing, AbortedCommands,
        NoSamples, LastHourUnread, TooFewSamples, LittlesLaw, EventsUnknown, StorageMoved, HostMoved,
        Cloned, SnapshotTaken, SnapshotRemoved, IoControl, IopsLimit, TieredMedia,
        ClockSkew,
    ];
}
