using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Migrate.Executor.Copy;
using Migrate.Executor.Runs.Steps;
using Migrate.Executor.Sources;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Executor.Runs.Warm;

/// <summary>
/// Makes passes of a warm run: freezes the VM's disks, copies what changed of each, lets the VM go and reads back what was written. Killed at
/// any moment, the next call goes on: with the same snapshot where it is still there, else from the change ids of the last pass that counts.
/// </summary>
public sealed class WarmPasses(
    SourceAccess sources, PassCopy copy, PassHours hours, RunDestination destination, JournalStore journals, CopyLimits limits, ExecutorOptions options, TimeProvider time, ILoggerFactory loggers)
{
    private const string WorkerEnded = "The worker ended in the middle of it.";

    // A tracking file that breaks again and again: then the cause has to be seen to.
    private const int MostBeginnings = 3;

    private readonly ILogger _log = loggers.CreateLogger<WarmPasses>();

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

    /// <summary>Reads back what passes that were broken off left unread, in full: while nobody waits for it.</summary>
    public async Task VerifyAsync(RunWork work, CancellationToken cancellationToken)
    {
        var unread = (await work.DisksAsync(cancellationToken)).Where(x => x.VerifiedAt is null).ToList();
        if (unread.Count == 0 || work.Policy.Verify == VerifyLevel.Sample)
        {
            return;
        }

        await work.LogAsync(RunLog.Info, $"Reading back {string.Join(", ", unread.Select(x => x.Label))} before the guest is shut down: a pass was broken off before it had.", cancellationToken);
        await using var host = await destination.ConnectAsync(work, unread.Select(x => x.NamespaceUuid), cancellationToken);
        foreach (var disk in unread)
        {
            await copy.VerifyKnownAsync(work, disk, host, cancellationToken);
        }
    }

    /// <summary>Gives up the pass that goes on, if one does, so that the VM has no snapshot of this run. Its changes are part of the next pass.</summary>
    public async Task ReleaseAsync(RunWork work, string reason, CancellationToken cancellationToken)
    {
        if (!HoldsSnapshot(WarmVm.StateOf(work)) && WarmVm.StateOf(work).Phase != TrackingPhase.Frozen)
        {
            return;
        }

        await using var vm = await OpenAsync(work, cancellationToken);
        await vm.Tracker.ReleaseAsync(cancellationToken);
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
        var resources = DisksInParallel.ResourcesOf(work, found, work.PlannedDisks, await destination.AddressAsync(cancellationToken));
        // Before the snapshot, which must not grow while its pass waits for others.
        using var place = isLast ? null : await limits.EnterAsync(resources, cancellationToken);
        var started = Now;
        await using var pass = await BeginAsync(work, vm, found, isLast, cancellationToken);
        var row = await work.RecordPassAsync(pass, started, vm.Freeze, cancellationToken);
        var disks = await work.DisksAsync(cancellationToken);
        await BeginSeedsAsync(vm, pass, disks, cancellationToken);
        await using var host = await destination.ConnectAsync(work, disks.Select(x => x.NamespaceUuid), cancellationToken);
        var unread = new ConcurrentDictionary<int, Unread>();
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
        catch (MigrateException e) when (DidNotHoldStill(e) || PassHours.IsMeant(e))
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

        // Before the pass counts: a worker that dies in between would leave a source believed that was found wrong.
        if (vm.Tracker.State.Distrusted is null && await work.WrongExtentsAsync(row, cancellationToken) is > 0 and var wrong)
        {
            var why = $"the self-test of pass {pass.Number} found {wrong} extents changed that the source called unchanged";
            await vm.Tracker.DistrustAsync(why, cancellationToken);
            await work.LogAsync(RunLog.Warning, $"What the source says of changes is not believed any more: {why}. Every pass from now on, the last one too, compares all of each disk.", cancellationToken);
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
        try
        {
            foreach (var disk in disks)
            {
                using var names = _log.BeginDisk(disk);
                await ((work.Policy.Verify, isLast) switch
                {
                    (VerifyLevel.ReadBack, _) or (VerifyLevel.Source, false) => copy.VerifyAsync(work, disk, unread[disk.DiskKey], host, cancellationToken),
                    (_, true) => copy.ProveAsync(vm.Session, found, work, disk, host, cancellationToken),
                    _ => Task.CompletedTask, // A sample is drawn once, of what the domain will have.
                });
            }
        }
        catch (MigrateException e) when (e.Code == PassCopy.SourceDiffers)
        {
            await vm.Tracker.DistrustAsync(e.Message, cancellationToken);
            await work.LogAsync(RunLog.Warning, $"{e.Message} The last pass is made again, and compares all of each disk.", cancellationToken);
            return e;
        }

        await work.LogAsync(RunLog.Info, $"Pass {pass.Number} is complete{(work.Policy.Verify == VerifyLevel.Sample && !isLast ? "" : " and verified")}{(pass.CrashConsistent ? "; the guest was not quiet at its moment" : "")}.", cancellationToken);
        return null;

        async Task CopyAsync(RunDisk disk, CancellationToken ct)
        {
            using var names = _log.BeginDisk(disk);
            var part = await work.RecordPassDiskAsync(row, pass.Disks.Single(x => x.Disk.Key == disk.DiskKey), Now, ct);
            if (part.FinishedAt is not null)
            {
                // By the worker that went before: the pass is of the same moment. It may have died before it said so of the disk.
                await work.UpdateDiskAsync(disk.Id, set => set.SetProperty(x => x.SourceHash, part.SourceHash).SetProperty(x => x.BytesDone, x => x.CapacityBytes), ct);
                unread[disk.DiskKey] = await PassCopy.UnreadAsync(disk, pass, ct);
                return;
            }

            try
            {
                unread[disk.DiskKey] = await copy.CopyAsync(vm.Session, found, work, disk, pass, part, host, ct);
            }
            catch (MigrateException e) when (e.Code is "source.cbt-file" or "source.cbt-change-id" or "source.cbt-not-active")
            {
                broken[disk.DiskKey] = e;
            }
        }
    }

    /// <summary>What is copied from now on of disks of which nothing was copied yet is of this moment or a later one.</summary>
    private async Task BeginSeedsAsync(WarmVm vm, TrackingPass pass, IReadOnlyList<RunDisk> disks, CancellationToken cancellationToken)
    {
        var untouched = new List<int>();
        foreach (var disk in disks.Where(x => pass.Disks.Any(y => y.Disk.Key == x.DiskKey && y.Disk.CopiedAt is null)))
        {
            if (!await journals.ExistsAsync(disk.Id, cancellationToken))
            {
                untouched.Add(disk.DiskKey);
            }
        }

        if (untouched.Count > 0)
        {
            await vm.Tracker.BeginSeedAsync(untouched, cancellationToken);
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
        if (left is null && !isLast)
        {
            await hours.MustAllowAsync(work, cancellationToken);
        }

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
        await vm.Tracker.ReleaseAsync(cancellationToken); // Whatever became of the snapshot: what is left of it goes.
        await work.SettlePassesAsync(vm.Tracker.State, null, reason, Now, cancellationToken);
        await work.LogAsync(RunLog.Warning, $"The pass is given up and its snapshot removed: {reason}", cancellationToken);
    }
}
