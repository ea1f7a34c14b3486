using System.Text.Json;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Executor.Runs;

/// <summary>The list of what a run changed on its source, as it is kept in the run's row.</summary>
internal static class SourceChanges
{
    public static IReadOnlyList<SourceChange> Read(string json) => JsonSerializer.Deserialize(json, RunsJson.Default.IReadOnlyListSourceChange) ?? [];

    /// <summary>The list with one more change, unless it has one of that kind.</summary>
    public static string With(string json, SourceChange change) =>
        Read(json) is var changes && changes.Any(x => x.Kind == change.Kind) ? json : Write([.. changes, change]);

    /// <summary>The list with these as its only changes of some kinds; what was there keeps its time.</summary>
    public static string With(string json, IReadOnlyList<SourceChange> now, IReadOnlyCollection<string> kinds)
    {
        var before = Read(json);
        return Write([.. before.Where(x => !kinds.Contains(x.Kind)), .. now.Select(x => before.FirstOrDefault(y => y.Kind == x.Kind && y.Description == x.Description) ?? x)]);
    }

    /// <summary>The list without its changes of a kind, which are undone.</summary>
    public static string Without(string json, string kind) => Write([.. Read(json).Where(x => x.Kind != kind)]);

    /// <summary>What the tracking of a VM has changed about it, or may have.</summary>
    public static IReadOnlyList<SourceChange> Of(TrackingState state, DateTime now)
    {
        var changes = new List<SourceChange>();
        if (state is { EnabledBefore: false, Phase: not (TrackingPhase.Untouched or TrackingPhase.Ended) })
        {
            changes.Add(new(SourceChange.ChangeTracking, "Changed block tracking was switched on.", "Switch it off (ctkEnabled).", now));
        }

        if (state.Phase is TrackingPhase.Enabling or TrackingPhase.Freezing or TrackingPhase.Thawing or TrackingPhase.Restoring
            || state is { Phase: TrackingPhase.Frozen, SnapshotKey: not null })
        {
            changes.Add(new(SourceChange.Snapshot, $"A snapshot whose name begins with migrate-{state.RunId:N}- was taken.", "Remove the snapshot and consolidate the disks.", now));
        }

        return changes;
    }

    private static string Write(IReadOnlyList<SourceChange> changes) => JsonSerializer.Serialize(changes, RunsJson.Default.IReadOnlyListSourceChange);
}
