using System.Text.Json;
using Microsoft.Extensions.Logging;
using Migrate.Executor.Sources;
using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Executor.Runs.Warm;

/// <summary>
/// A warm run's VM at its source: a session, and the tracker of its changes. What the tracker is about to do is in the run's row before it is
/// done, written under the run's lease: a worker that was overtaken touches nothing any more.
/// </summary>
public sealed class WarmVm : IAsyncDisposable
{
    private readonly RunWork _work;
    private readonly TrackingOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<ChangeTracker> _log;
    private long _since;

    private WarmVm(RunWork work, VSphereSession session, TrackingState state, TrackingOptions options, TimeProvider time, ILogger<ChangeTracker> log)
    {
        (_work, Session, _options, _time, _log) = (work, session, options, time, log);
        Tracker = TrackerOf(state);
    }

    public VSphereSession Session { get; }

    public ChangeTracker Tracker { get; private set; }

    /// <summary>How long the last snapshot took to be taken.</summary>
    public TimeSpan? Freeze { get; private set; }

    /// <summary>How long the last snapshot took to be removed and merged.</summary>
    public TimeSpan? Merge { get; private set; }

    public static async Task<WarmVm> OpenAsync(
        RunWork work, SourceAccess sources, ExecutorOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var session = await sources.OpenAsync(work.Source, cancellationToken);
        var warm = work.Policy.Warm;
        var tracking = options.Tracking with
        {
            Quiesce = warm.RequireQuietGuest ? QuiescePolicy.Require : options.Tracking.Quiesce,
            FreeShare = warm.DatastoreFreeShare,
            Waiting = what => work.LogAsync(RunLog.Warning, what, CancellationToken.None),
        };
        return new WarmVm(work, session, StateOf(work), tracking, time, loggers.CreateLogger<ChangeTracker>());
    }

    /// <summary>What was saved last; of a run that has done nothing to its VM yet, a state that says so.</summary>
    public static TrackingState StateOf(RunWork work) => work.Run.Tracking is { } saved
        ? JsonSerializer.Deserialize<TrackingState>(saved)!
        : new TrackingState { RunId = work.Run.Id, VmKey = work.Run.VmKey, VmName = work.Run.VmName, Disks = [] };

    /// <summary>Tracks from now on, from the start where nothing was done to the VM or it was put back already.</summary>
    public async Task EnableAsync(Vm vm, CancellationToken cancellationToken)
    {
        if (Tracker.State.Phase == TrackingPhase.Restoring)
        {
            await Tracker.RestoreAsync(cancellationToken);
        }

        if (Tracker.State.Phase is TrackingPhase.Untouched or TrackingPhase.Ended)
        {
            // Numbers of passes go on: their rows stay. So does what was found out about the source.
            Tracker = TrackerOf(TrackingState.For(_work.Run.Id, vm) with { Pass = Tracker.State.Pass, Distrusted = Tracker.State.Distrusted });
        }

        if (Tracker.State.Phase is TrackingPhase.Untouched or TrackingPhase.Enabling)
        {
            await Tracker.EnableAsync(cancellationToken);
        }
    }

    public ValueTask DisposeAsync() => Session.DisposeAsync();

    private ChangeTracker TrackerOf(TrackingState state) => new(Session, state, SaveAsync, _options, _log);

    private async Task SaveAsync(TrackingState next, CancellationToken cancellationToken)
    {
        var json = JsonSerializer.Serialize(next);
        var changes = SourceChanges.With(_work.Run.SourceChanges, SourceChanges.Of(next, _time.GetUtcNow().UtcDateTime), SourceChange.OfTracking);
        await _work.UpdateAsync(
            set => set.SetProperty(x => x.Tracking, json).SetProperty(x => x.TrackingPhase, next.Phase).SetProperty(x => x.SourceChanges, changes), cancellationToken);
        Clock(next.Phase);
    }

    private void Clock(TrackingPhase phase)
    {
        switch (phase)
        {
            case TrackingPhase.Freezing or TrackingPhase.Thawing:
                _since = _time.GetTimestamp();
                break;
            case TrackingPhase.Frozen when _since != 0:
                (Freeze, _since) = (_time.GetElapsedTime(_since), 0);
                break;
            case TrackingPhase.Ready when _since != 0:
                (Merge, _since) = (_time.GetElapsedTime(_since), 0);
                break;
            default:
                break;
        }
    }
}
