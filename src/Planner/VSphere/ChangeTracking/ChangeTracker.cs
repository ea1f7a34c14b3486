using Microsoft.Extensions.Logging;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere.ChangeTracking;

/// <summary>
/// Tracks the changes of one VM over any number of passes and leaves it as it was found. The order is fixed: the change ids of a pass are
/// recorded, its snapshot is removed and its deltas merged, and only then the next snapshot is taken and asked with the recorded ids; taken
/// in any other order, writes between two passes are lost. Every step is written down before it is taken (<see cref="TrackingState"/>), so a
/// tracker made from any state that was ever saved goes on from there by <see cref="ResumeAsync"/>.
/// </summary>
/// <param name="session">With the server that the VM is on.</param>
/// <param name="state">Of a new VM, or as it was saved last.</param>
/// <param name="save">Makes a state durable; nothing is done at the source before it returns.</param>
/// <param name="options">Time limits, quiescing, how much space stays free.</param>
/// <param name="logger">What is done to the source.</param>
public sealed partial class ChangeTracker(VSphereSession session, TrackingState state, Func<TrackingState, CancellationToken, Task> save, TrackingOptions options, ILogger<ChangeTracker> logger)
{
    private readonly SnapshotOperations _snapshots = new(session, state, options);

    public TrackingState State { get; private set; } = state;

    /// <summary>Everything that stands against tracking this VM, in words; empty = it can be tracked. Changes nothing.</summary>
    public async Task<IReadOnlyList<string>> CheckAsync(CancellationToken cancellationToken) => TrackingCheck.ProblemsOf(await VmAsync(cancellationToken), State);

    /// <summary>
    /// Switches tracking on, lets it take effect by the stun of a snapshot, and proves for each disk that the snapshot carries a change id.
    /// </summary>
    /// <exception cref="MigrateException">source.cbt-preconditions with every problem; source.cbt-not-active; source.snapshot-…</exception>
    public async Task EnableAsync(CancellationToken cancellationToken)
    {
        Expect(TrackingPhase.Untouched, TrackingPhase.Enabling);
        if (State.Phase == TrackingPhase.Enabling)
        {
            await _snapshots.RemoveOursAsync(cancellationToken); // What an attempt before left must not stand against this one.
        }

        var vm = await VmAsync(cancellationToken);
        Refuse(TrackingCheck.ProblemsOf(vm, State));
        await MoveAsync(State with
        {
            Phase = TrackingPhase.Enabling,
            EnabledBefore = State.EnabledBefore ?? vm.Enabled ?? false,
            Distrusted = await KnownFaultAsync(vm, cancellationToken),
        }, cancellationToken);
        await _snapshots.RemoveOursAsync(cancellationToken);
        if (vm.Enabled != true)
        {
            await SetFlagAsync(true, cancellationToken);
        }

        await using (var space = WatchFor(vm))
        {
            await space.CheckAsync(cancellationToken);
        }

        var stun = await _snapshots.CreateAsync(0, quiesce: false, cancellationToken);
        var frozen = await TrackedVm.ReadSnapshotAsync(session, stun, cancellationToken) ?? [];
        await _snapshots.RemoveOursAsync(cancellationToken);
        var without = State.Disks.Where(d => string.IsNullOrEmpty(frozen.FirstOrDefault(f => f.Key == d.Key)?.ChangeId)).ToList();
        if (without.Count > 0)
        {
            throw new MigrateException("source.cbt-not-active",
                $"Change tracking of {State.VmName} was switched on and the VM was stunned, and still there is no change id for {string.Join(", ", without.Select(d => d.Label))}.",
                "Move the VM cold, or reset its tracking: power off, no snapshots, switch change tracking off, delete the disks' -ctk.vmdk, and switch it on again.");
        }

        await MoveAsync(State with { Phase = TrackingPhase.Ready }, cancellationToken);
        LogProven(logger, State.VmName, State.Disks.Count);
    }

    /// <summary>
    /// Freezes the disks by a snapshot and decides what each one has to be read for. After a failure <see cref="ResumeAsync"/> puts things right.
    /// </summary>
    /// <exception cref="MigrateException">
    /// source.cbt-preconditions, source.quiesce-failed, source.datastore-filling, source.snapshot-…; source.snapshot-foreign passes with the backup that it tells of.
    /// </exception>
    public async Task<TrackingPass> BeginPassAsync(CancellationToken cancellationToken)
    {
        Expect(TrackingPhase.Ready);
        // A call whose answer was lost may have left a snapshot since; a delta that was left behind would be frozen, too.
        await _snapshots.RemoveOursAsync(cancellationToken);
        var vm = await VmAsync(cancellationToken);
        RefuseForNow(vm);
        Refuse(TrackingCheck.ProblemsOf(vm, State));
        var space = WatchFor(vm);
        try
        {
            await space.CheckAsync(cancellationToken);
            await MoveAsync(State with { Phase = TrackingPhase.Freezing, Pass = State.Pass + 1, Distrusted = State.Distrusted ?? await KnownFaultAsync(vm, cancellationToken) }, cancellationToken);
            var (key, quiet) = await FreezeAsync(vm, cancellationToken);
            await RequireAloneAsync(key, cancellationToken);
            var disks = await TrackedVm.ReadSnapshotAsync(session, key, cancellationToken) ?? throw Vanished();
            RequireSame(vm.Disks, disks);
            await MoveAsync(Frozen(disks) with { SnapshotKey = key, ConfigVersion = null, CrashConsistent = !quiet }, cancellationToken);
            LogFrozen(logger, State.VmName, State.Pass, quiet);
            return await PassAsync(space, cancellationToken);
        }
        catch
        {
            await space.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// The last pass: the VM is off, so its disks hold still by themselves. No snapshot, and so no consolidation inside the downtime.
    /// </summary>
    /// <exception cref="MigrateException">source.power-state: it is not off.</exception>
    public async Task<TrackingPass> BeginLastPassAsync(CancellationToken cancellationToken)
    {
        Expect(TrackingPhase.Ready);
        await _snapshots.RemoveOursAsync(cancellationToken);
        var vm = await VmAsync(cancellationToken);
        RefuseForNow(vm);
        Refuse(TrackingCheck.ProblemsOf(vm, State));
        if (vm.PowerState != VirtualMachinePowerState.PoweredOff)
        {
            throw new MigrateException("source.power-state", $"{State.VmName} is {vm.PowerState}; without a snapshot its disks can be read only while it is off.", "Shut the VM down, then copy the last changes.");
        }

        var distrusted = State.Distrusted ?? await KnownFaultAsync(vm, cancellationToken);
        await MoveAsync(Frozen(vm.Disks) with { Pass = State.Pass + 1, SnapshotKey = null, ConfigVersion = vm.ConfigVersion, CrashConsistent = false, Distrusted = distrusted }, cancellationToken);
        LogLastPass(logger, State.VmName, State.Pass);
        return await PassAsync(null, cancellationToken);
    }

    /// <summary>
    /// All of the pass is safe at the destination: its change ids count from now on, and its snapshot goes. Refuses when the disks did not hold still
    /// to the end; <see cref="ResumeAsync"/> then undoes the pass, and the next one reads again what this one did.
    /// </summary>
    /// <exception cref="MigrateException">source.snapshot-vanished, source.changed-meanwhile.</exception>
    public async Task CompletePassAsync(CancellationToken cancellationToken)
    {
        Expect(TrackingPhase.Frozen);
        await RequireHeldStillAsync(cancellationToken);
        await ThawAsync(copied: true, cancellationToken);
    }

    /// <summary>The pass did not come to its end: the next one asks for changes since the one before, which include this one's.</summary>
    public Task AbandonPassAsync(CancellationToken cancellationToken) => ThawAsync(copied: false, cancellationToken);

    /// <summary>
    /// Nothing of these disks was ever copied, or all of it was forgotten: whatever is copied from now on is of the pass's moment or later. Without a
    /// snapshot that is not said: a VM that is off goes on under the same change id when it is started.
    /// </summary>
    public Task BeginSeedAsync(IReadOnlyCollection<int> diskKeys, CancellationToken cancellationToken)
    {
        Expect(TrackingPhase.Frozen);
        return State.SnapshotKey is not { } key ? Task.CompletedTask : MoveAsync(State with
        {
            Disks = [.. State.Disks.Select(d => d.CopiedAt is null && diskKeys.Contains(d.Key) ? d with { SeededFrom = d.FrozenChangeId, SeedSnapshot = key } : d)],
        }, cancellationToken);
    }

    /// <summary>From now on the disk is read in full, by comparing hashes, until a pass was completed.</summary>
    public Task DistrustAsync(int diskKey, string why, CancellationToken cancellationToken)
    {
        LogDistrusted(logger, State.VmName, diskKey, why);
        return MoveAsync(State.Distrust(diskKey, why), cancellationToken);
    }

    /// <summary>
    /// From now on every pass of this VM, the last one included, compares all of its disks: a source that was found wrong once is wrong where no sample
    /// looked, too, and about the disks whose samples happened to be right.
    /// </summary>
    public Task DistrustAsync(string why, CancellationToken cancellationToken)
    {
        LogDistrustedForGood(logger, State.VmName, why);
        return MoveAsync(State with { Distrusted = why }, cancellationToken);
    }

    /// <summary>
    /// After a crash: brings source and state together again. A pass whose snapshot is still there goes on and is given back; whatever was
    /// half done is undone, and the tracker is <see cref="TrackingPhase.Untouched"/>, <see cref="TrackingPhase.Ready"/> or Ended.
    /// </summary>
    public async Task<TrackingPass?> ResumeAsync(CancellationToken cancellationToken)
    {
        switch (State.Phase)
        {
            case TrackingPhase.Enabling:
                await EnableAsync(cancellationToken);
                return null;
            case TrackingPhase.Frozen when await StillFrozenAsync(cancellationToken) is { } vm:
                return await PassAsync(State.SnapshotKey is null ? null : WatchFor(vm), cancellationToken);
            case TrackingPhase.Freezing or TrackingPhase.Frozen or TrackingPhase.Thawing:
                await _snapshots.RemoveOursAsync(cancellationToken);
                await MoveAsync(Thawed(), cancellationToken);
                return null;
            case TrackingPhase.Restoring:
                await RestoreAsync(cancellationToken);
                return null;
            default:
                return null;
        }
    }

    /// <summary>
    /// Gives up whatever goes on, so that the VM has no snapshot of ours; unlike <see cref="ResumeAsync"/> it never takes one, whatever the phase.
    /// Where tracking was not proven yet, the VM is put back as it was found, and enabling begins anew.
    /// </summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        switch (State.Phase)
        {
            case TrackingPhase.Enabling or TrackingPhase.Restoring:
                await RestoreAsync(cancellationToken);
                break;
            case TrackingPhase.Freezing or TrackingPhase.Frozen or TrackingPhase.Thawing:
                await _snapshots.RemoveOursAsync(cancellationToken);
                await MoveAsync(Thawed(), cancellationToken);
                break;
            default:
                break;
        }
    }

    /// <summary>
    /// Removes our snapshots and puts the flag back as it was found. Works from every phase, also for a VM of which nothing but the state is
    /// known; a flag that was set before stays, and so does one of which we do not know.
    /// </summary>
    public async Task RestoreAsync(CancellationToken cancellationToken)
    {
        if (State.Phase is TrackingPhase.Untouched or TrackingPhase.Ended)
        {
            return;
        }

        await MoveAsync(State with { Phase = TrackingPhase.Restoring }, cancellationToken);
        var removed = await _snapshots.RemoveOursAsync(cancellationToken);
        if (State.EnabledBefore == false && (await VmAsync(cancellationToken)).Enabled == true)
        {
            await SetFlagAsync(false, cancellationToken);
        }

        await MoveAsync(Thawed() with { Phase = TrackingPhase.Ended }, cancellationToken);
        LogRestored(logger, State.VmName, removed);
    }

    private async Task ThawAsync(bool copied, CancellationToken cancellationToken)
    {
        Expect(TrackingPhase.Frozen);
        await MoveAsync(State with
        {
            Phase = TrackingPhase.Thawing,
            Disks = copied
                ? [.. State.Disks.Select(d => d with { CopiedChangeId = CopiedIdOf(d), CopiedAt = d.FrozenAt, SeededFrom = null, SeedSnapshot = null, Distrusted = null })]
                : State.Disks,
        }, cancellationToken);
        if (State.SnapshotKey is not null)
        {
            await RemoveWatchedAsync(cancellationToken);
        }

        await MoveAsync(Thawed(), cancellationToken);
    }

    /// <summary>
    /// The id of a VM that is off goes on being written under when it is started again, so what is written then would not be asked for: after a last pass
    /// the id of the pass before counts on, of which the answers name too much and nothing too little.
    /// </summary>
    private string? CopiedIdOf(TrackedDisk disk) => string.IsNullOrEmpty(disk.FrozenChangeId) ? null
        : State.SnapshotKey is not null ? disk.FrozenChangeId
        : PassBasis.Changes == DiskPass.Of(disk, State.Distrusted, State.SnapshotKey).Basis ? disk.CopiedChangeId
        : null;

    /// <summary>A removal cannot be broken off safely; that space runs out meanwhile is told while there is time to make room.</summary>
    private async Task RemoveWatchedAsync(CancellationToken cancellationToken)
    {
        await using var space = WatchFor(await VmAsync(cancellationToken));
        await using var told = space.Stopping.Register(() => LogFilling(logger, State.VmName, space.Failure!.Message));
        space.Start();
        await _snapshots.RemoveOursAsync(cancellationToken);
    }

    /// <summary>Asks each disk's first page: a tracking file that is damaged is no reason to fail, but to read the whole disk.</summary>
    private async Task<TrackingPass> PassAsync(SpaceWatch? space, CancellationToken cancellationToken)
    {
        var distrusted = State.Distrusted;
        var pass = new TrackingPass(session, State, [], null);
        var disks = new List<DiskPass>();
        foreach (var disk in State.Disks)
        {
            var wanted = DiskPass.Of(disk, distrusted ?? (options.TrustUsedAreas || disk.CopiedChangeId is not null ? null : "first pass, and answers about used areas are not to be trusted"), State.SnapshotKey);
            if (wanted.AskWith is { } since && await WhyNotAskedAsync(pass, disk, since, cancellationToken) is { } why)
            {
                LogDistrusted(logger, State.VmName, disk.Key, why);
                wanted = wanted with { Basis = PassBasis.Everything, Reason = why, KnownSince = null };
            }

            if (wanted is { KnownIsCurrent: false, KnownSince: { } seed } && await WhyNotAskedAsync(pass, disk, seed, cancellationToken) is not null)
            {
                wanted = wanted with { KnownSince = null };
            }

            disks.Add(wanted);
        }

        return new TrackingPass(session, State, disks, space);
    }

    private static async Task<string?> WhyNotAskedAsync(TrackingPass pass, TrackedDisk disk, string since, CancellationToken cancellationToken)
    {
        try
        {
            _ = disk.CapacityBytes > 0 ? await pass.AskAsync(disk, since, 0, cancellationToken) : default;
            return null;
        }
        catch (MigrateException e) when (e.Code is "source.cbt-file" or "source.cbt-change-id" or "source.cbt-not-active")
        {
            return e.Message;
        }
    }

    private async Task SetFlagAsync(bool on, CancellationToken cancellationToken)
    {
        var what = $"Switching change tracking of {State.VmName} {(on ? "on" : "off")}";
        try
        {
            var task = (await session.CallAsync(new ReconfigVM_TaskRequest
            {
                This = new("VirtualMachine", State.VmKey),
                Spec = new VirtualMachineConfigSpec { ChangeTrackingEnabled = on },
            }, cancellationToken)).Value;
            await new TaskWait(session, options.Poll).ForAsync(task, what, options.CreateLimit, cancellationToken);
        }
        catch (VSphereFault f)
        {
            throw TrackingFault.Of(f, what);
        }

        LogFlag(logger, State.VmName, on);
    }

    private Task<TrackedVm> VmAsync(CancellationToken cancellationToken) => TrackedVm.ReadAsync(session, State.VmKey, cancellationToken);

    private SpaceWatch WatchFor(TrackedVm vm) => new(session, vm.Name, vm.Disks.Select(d => d.DatastoreKey), options);

    private async Task MoveAsync(TrackingState next, CancellationToken cancellationToken)
    {
        await save(next, cancellationToken);
        State = next;
    }

    private void Expect(params TrackingPhase[] phases)
    {
        if (!phases.Contains(State.Phase))
        {
            throw new InvalidOperationException($"{State.VmName} is {State.Phase}; this is possible only when it is {string.Join(" or ", phases)}.");
        }
    }

    private void Refuse(IReadOnlyList<string> problems)
    {
        if (problems.Count > 0)
        {
            throw new MigrateException("source.cbt-preconditions", $"Changes of {State.VmName} cannot be tracked: {string.Join("; ", problems)}.",
                "Remove what stands against it (delete snapshots and consolidate, make disks persistent), or move the VM cold.");
        }
    }

    /// <summary>What passes by itself: a backup that holds a snapshot, and what it leaves behind for a moment.</summary>
    private void RefuseForNow(TrackedVm vm)
    {
        var others = vm.Snapshots.Where(s => !SnapshotNames.IsOurs(s.Name, s.Description, State.RunId)).ToList();
        if (others.Count > 0 && TrackingCheck.ProblemsOf(vm with { Snapshots = [] }, State).Count == 0)
        {
            throw Foreign($"{State.VmName} has a snapshot that is not ours: '{others[0].Name}'");
        }
    }

    private static MigrateException Foreign(string what) => new("source.snapshot-foreign", $"{what}.",
        "A backup probably runs. Wait until it has removed its snapshot, then try again; a snapshot that nobody needs can be deleted.")
    { IsTransient = true };

    private MigrateException Vanished() => new("source.snapshot-vanished", $"The snapshot of {State.VmName} was taken and is gone again.",
        "See the VM's events for who removed it, then try again.")
    { IsTransient = true };
}
