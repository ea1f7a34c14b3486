using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Migrate.Executor.Runs.Steps;
using Migrate.Executor.Sources;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Executor.Runs.Warm;

/// <summary>
/// Makes passes of a warm run: freezes the VM's disks, copies what changed of each, lets the VM go and reads back what was written. Killed at
/// any moment, the next call goes on: with the same snapshot where it is still there, else from the change ids of the last pass that counts.
/// </summary>
public sealed class WarmPasses(
    SourceAccess sources, PassCopy copy, RunDestination destination, CopyLimits limits, ExecutorOptions options, TimeProvider time, ILoggerFactory loggers)
{
    private const string WorkerEnded = "The worker ended in the middle of it.";

    // A tracking file that breaks again and again: then the cause has to be seen to.
    private const int MostBeginnings = 3;

    /// <summary>
    /// One pass, from its snapshot to reading back. The last one is of a VM that is off, and needs no snapshot. A pass that has to be given
    /// up leaves no snapshot; one that is broken off by a transient failure or by <paramref name="cancellationToken"/> leaves it to the next call.
    /// </summary>
    public async Task MakeAsync(RunWork work, bool isLast, CancellationToken cancellationToken)
    {
        await using var vm = await OpenAsync(work, cancellationToken);
        for (var beginning = 1; ; beginning++)
        {
            var found = await SourceVm.ReadAsPlannedAsync(vm.Session, work, cancellationToken);
            if (await MakeAsync(work, vm, found, isLast, cancellationToken) is not { } broken)
            {
                return;
            }

            if (beginning == MostBeginnings)
            {
                throw broken;
            }
        }
    }

    /// <summary>Switches tracking on and proves that it works, unless that is done.</summary>
    public async Task EnableAsync(RunWork work, Vm found, CancellationToken cancellationToken)
    {
        await using var vm = await OpenAsync(work, cancellationToken);
        await vm.EnableAsync(found, cancellationToken);
        await work.LogAsync(
            RunLog.Info,
            vm.Tracker.State.EnabledBefore == false ? "Changed block tracking is switched on; the run switches it off again." : "Changed block tracking was on and is active on every disk.",
            cancellationToken);
    }

    /// <summary>What stands against a pass at the source, in words; empty = nothing.</summary>
    public async Task<IReadOnlyList<string>> CheckAsync(RunWork work, CancellationToken cancellationToken)
    {
        await using var vm = await OpenAsync(work, cancellationToken);
        return await vm.Tracker.CheckAsync(cancellationToken);
    }

    /// <summary>Gives up the pass that goes on, if one does, so that the VM has no snapshot of this run. Its changes are part of the next pass.</summary>
    public async Task ReleaseAsync(RunWork work, string reason, CancellationToken cancellationToken)
    {
        if (!HoldsSnapshot(WarmVm.StateOf(work)))
        {
            return;
        }

        await using var vm = await OpenAsync(work, cancellationToken);
        if (await vm.Tracker.ResumeAsync(cancellationToken) is { } pass)
        {
            await pass.DisposeAsync();
            await vm.Tracker.AbandonPassAsync(cancellationToken);
        }

        await work.SettlePassesAsync(vm.Tracker.State, null, reason, Now, cancellationToken);
        await work.LogAsync(RunLog.Info, $"The VM has no snapshot of this run any more. {reason}", cancellationToken);
    }

    /// <summary>Puts the VM back as it was found: no snapshot of ours, change tracking as before.</summary>
    public async Task RestoreAsync(RunWork work, string reason, CancellationToken cancellationToken)
    {
        if (WarmVm.StateOf(work).Phase is TrackingPhase.Untouched or TrackingPhase.Ended)
        {
            return;
        }

        await using var vm = await OpenAsync(work, cancellationToken);
        await vm.Tracker.RestoreAsync(cancellationToken);
        await work.SettlePassesAsync(vm.Tracker.State, null, reason, Now, cancellationToken);
        await work.LogAsync(
            RunLog.Info,
            vm.Tracker.State.EnabledBefore == false ? "The VM has no snapshot of this run, and change tracking is off as before." : "The VM has no snapshot of this run; change tracking stays on as before.",
            cancellationToken);
    }

    /// <summary>Whether a run of this state has, or may have, a snapshot at the source.</summary>
    public static bool HoldsSnapshot(TrackingState state) =>
        state.Phase is TrackingPhase.Enabling or TrackingPhase.Freezing or TrackingPhase.Thawing || state is { Phase: TrackingPhase.Frozen, SnapshotKey: not null };

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    private Task<WarmVm> OpenAsync(RunWork work, CancellationToken cancellationToken) =>
        WarmVm.OpenAsync(work, sources, options, time, loggers, cancellationToken);

    /// <summary>Null when the pass is made; the cause when a disk's tracking broke and the pass has to begin again.</summary>
    private async Task<MigrateException?> MakeAsync(RunWork work, WarmVm vm, Vm found, bool isLast, CancellationToken cancellationToken)
    {
        var resources = DisksInParallel.ResourcesOf(work, found, work.PlannedDisks);
        // Before the snapshot, which must not grow while its pass waits for others.
        using var place = isLast ? null : await limits.EnterAsync(resources, cancellationToken);
        var started = Now;
        await using var pass = await BeginAsync(work, vm, found, isLast, cancellationToken);
        var row = await work.RecordPassAsync(pass, started, vm.Freeze, cancellationToken);
        var disks = await work.DisksAsync(cancellationToken);
        await using var host = await destination.ConnectAsync(work, disks.Select(x => x.NamespaceUuid), cancellationToken);
        var written = new ConcurrentDictionary<int, WrittenExtents>();
        var broken = new ConcurrentDictionary<int, MigrateException>();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, pass.Stopping);
        try
        {
            await DisksInParallel.ForEachAsync(disks, limits, resources, options.CopyLimits.PerVm, CopyAsync, stopping.Token);
        }
        catch (Exception) when (pass.StopCause is { } cause && !cancellationToken.IsCancellationRequested)
        {
            await GiveUpAsync(work, vm, cause.Message, cancellationToken);
            throw cause;
        }
        catch (MigrateException e) when (DidNotHoldStill(e))
        {
            await GiveUpAsync(work, vm, e.Message, cancellationToken);
            throw;
        }

        if (!broken.IsEmpty)
        {
            await GiveUpAsync(work, vm, string.Join(" ", broken.Values.Select(x => x.Message)), cancellationToken);
            foreach (var (key, cause) in broken)
            {
                await vm.Tracker.DistrustAsync(key, cause.Message, cancellationToken);
            }

            return broken.Values.First();
        }

        await work.UpdatePassAsync(row, set => set.SetProperty(x => x.CopiedAt, x => x.CopiedAt ?? Now), cancellationToken);
        try
        {
            await vm.Tracker.CompletePassAsync(cancellationToken);
        }
        catch (MigrateException e) when (DidNotHoldStill(e))
        {
            await GiveUpAsync(work, vm, e.Message, cancellationToken);
            throw;
        }

        var merge = isLast ? null : (long?)vm.Merge?.TotalMilliseconds;
        await work.UpdatePassAsync(
            row, set => set.SetProperty(x => x.Outcome, PassOutcome.Completed).SetProperty(x => x.FinishedAt, Now).SetProperty(x => x.MergeMs, merge), cancellationToken);
        foreach (var disk in disks)
        {
            // Read back in full where an earlier attempt may have written what nobody has read since.
            await copy.VerifyAsync(work, disk, disk.VerifiedAt is null ? null : written.GetValueOrDefault(disk.DiskKey), host, cancellationToken);
        }

        await work.LogAsync(RunLog.Info, $"Pass {pass.Number} is complete and verified{(pass.CrashConsistent ? "; the guest was not quiet at its moment" : "")}.", cancellationToken);
        return null;

        async Task CopyAsync(RunDisk disk, CancellationToken ct)
        {
            var part = await work.RecordPassDiskAsync(row, pass.Disks.Single(x => x.Disk.Key == disk.DiskKey), Now, ct);
            if (part.FinishedAt is not null)
            {
                // By the worker that went before: the pass is of the same moment. It may have died before it said so of the disk.
                await work.UpdateDiskAsync(disk.Id, set => set.SetProperty(x => x.SourceHash, part.SourceHash).SetProperty(x => x.BytesDone, x => x.CapacityBytes), ct);
                return;
            }

            try
            {
                written[disk.DiskKey] = await copy.CopyAsync(vm.Session, found, work, disk, pass, part, host, ct);
            }
            catch (MigrateException e) when (e.Code is "source.cbt-file" or "source.cbt-change-id" or "source.cbt-not-active")
            {
                broken[disk.DiskKey] = e;
            }
        }
    }

    /// <summary>The pass that a dead worker left, or a new one.</summary>
    private async Task<TrackingPass> BeginAsync(RunWork work, WarmVm vm, Vm found, bool isLast, CancellationToken cancellationToken)
    {
        await vm.EnableAsync(found, cancellationToken);
        var left = await vm.Tracker.ResumeAsync(cancellationToken);
        if (left is not null && (left.SnapshotKey is null) != isLast)
        {
            await left.DisposeAsync();
            await vm.Tracker.AbandonPassAsync(cancellationToken);
            left = null;
        }

        await work.SettlePassesAsync(vm.Tracker.State, left?.Number, WorkerEnded, Now, cancellationToken);
        if (left is not null)
        {
            await work.LogAsync(RunLog.Info, $"Pass {left.Number} goes on where its worker ended.", cancellationToken);
            return left;
        }

        return isLast ? await vm.Tracker.BeginLastPassAsync(cancellationToken) : await vm.Tracker.BeginPassAsync(cancellationToken);
    }

    /// <summary>The disks are not what they were when the pass began: nothing that it copied counts.</summary>
    private static bool DidNotHoldStill(MigrateException exception) => exception.Code is "source.snapshot-vanished" or "source.changed-meanwhile";

    private async Task GiveUpAsync(RunWork work, WarmVm vm, string reason, CancellationToken cancellationToken)
    {
        // Whatever became of the snapshot: what is left of it goes.
        if (await vm.Tracker.ResumeAsync(cancellationToken) is { } left)
        {
            await left.DisposeAsync();
            await vm.Tracker.AbandonPassAsync(cancellationToken);
        }

        await work.SettlePassesAsync(vm.Tracker.State, null, reason, Now, cancellationToken);
        await work.LogAsync(RunLog.Warning, $"The pass is given up and its snapshot removed: {reason}", cancellationToken);
    }
}
