using Microsoft.Extensions.Logging;
using Migrate.Vim25;
using VirtualDisk = Migrate.Planner.Inventory.VirtualDisk;

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
    /// <exception cref="MigrateException">source.cbt-preconditions, source.quiesce-failed, source.datastore-filling, source.snapshot-…</exception>
    public async Task<TrackingPass> BeginPassAsync(CancellationToken cancellationToken)
    {
        Expect(TrackingPhase.Ready);
        // A call whose answer was lost may have left a snapshot since; a delta that was left behind would be frozen, too.
        await _snapshots.RemoveOursAsync(cancellationToken);
        var vm = await VmAsync(cancellationToken);
        Refuse(TrackingCheck.ProblemsOf(vm, State));
        var space = WatchFor(vm);
        try
        {
            await space.CheckAsync(cancellationToken);
            await MoveAsync(State with { Phase = TrackingPhase.Freezing, Pass = State.Pass + 1 }, cancellationToken);
            var (key, quiet) = await FreezeAsync(vm, cancellationToken);
            await RequireAloneAsync(key, cancellationToken);
            var disks = await TrackedVm.ReadSnapshotAsync(session, key, cancellationToken) ?? throw Vanished();
            await MoveAsync(Frozen(disks) with { SnapshotKey = key, CrashConsistent = !quiet }, cancellationToken);
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
        Refuse(TrackingCheck.ProblemsOf(vm, State));
        if (vm.PowerState != VirtualMachinePowerState.PoweredOff)
        {
            throw new MigrateException("source.power-state", $"{State.VmName} is {vm.PowerState}; without a snapshot its disks can be read only while it is off.", "Shut the VM down, then copy the last changes.");
        }

        await MoveAsync(Frozen(vm.Disks) with { Pass = State.Pass + 1, SnapshotKey = null, CrashConsistent = false }, cancellationToken);
        LogLastPass(logger, State.VmName, State.Pass);
        return await PassAsync(null, cancellationToken);
    }

    /// <summary>All of the pass is safe at the destination: its change ids count from now on, and its snapshot goes.</summary>
    public Task CompletePassAsync(CancellationToken cancellationToken) => ThawAsync(copied: true, cancellationToken);

    /// <summary>The pass did not come to its end: the next one asks for changes since the one before, which include this one's.</summary>
    public Task AbandonPassAsync(CancellationToken cancellationToken) => ThawAsync(copied: false, cancellationToken);

    /// <summary>From now on the disk is read in full, by comparing hashes, until a pass was completed.</summary>
    public Task DistrustAsync(int diskKey, string why, CancellationToken cancellationToken)
    {
        LogDistrusted(logger, State.VmName, diskKey, why);
        return MoveAsync(State.Distrust(diskKey, why), cancellationToken);
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
            case TrackingPhase.Frozen when await IsStillFrozenAsync(cancellationToken) is { } vm:
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
                ? [.. State.Disks.Select(d => d with { CopiedChangeId = string.IsNullOrEmpty(d.FrozenChangeId) ? null : d.FrozenChangeId, CopiedAt = d.FrozenAt, Distrusted = null })]
                : State.Disks,
        }, cancellationToken);
        if (State.SnapshotKey is not null)
        {
            await RemoveWatchedAsync(cancellationToken);
        }

        await MoveAsync(Thawed(), cancellationToken);
    }

    private async Task<(string Key, bool Quiet)> FreezeAsync(TrackedVm vm, CancellationToken cancellationToken)
    {
        // A VM that does not run is quiet.
        if (options.Quiesce == QuiescePolicy.Never || vm.PowerState != VirtualMachinePowerState.PoweredOn)
        {
            return (await _snapshots.CreateAsync(State.Pass, quiesce: false, cancellationToken), vm.PowerState != VirtualMachinePowerState.PoweredOn);
        }

        try
        {
            return (await _snapshots.CreateAsync(State.Pass, quiesce: true, cancellationToken), true);
        }
        catch (MigrateException e) when (e.Code == "source.quiesce-failed" && options.Quiesce == QuiescePolicy.Prefer)
        {
            LogNotQuiet(logger, State.VmName, e.Message);
            await _snapshots.RemoveOursAsync(cancellationToken);
            return (await _snapshots.CreateAsync(State.Pass, quiesce: false, cancellationToken), false);
        }
    }

    /// <summary>Somebody else's snapshot below ours would be what we read, and its removal would change it under us.</summary>
    private async Task RequireAloneAsync(string key, CancellationToken cancellationToken)
    {
        var others = (await VmAsync(cancellationToken)).Snapshots.Where(s => s.Key != key).ToList();
        if (others.Count > 0)
        {
            await _snapshots.RemoveOursAsync(cancellationToken);
            throw new MigrateException("source.snapshot-foreign", $"While a snapshot of {State.VmName} was taken, another one appeared: '{others[0].Name}'.",
                "A backup probably runs. Wait until it has removed its snapshot, then try again.")
            { IsTransient = true };
        }
    }

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
            var wanted = DiskPass.Of(disk, distrusted ?? (options.TrustUsedAreas || disk.CopiedChangeId is not null ? null : "first pass, and answers about used areas are not to be trusted"));
            try
            {
                _ = wanted.AskWith is { } since && disk.CapacityBytes > 0 ? await pass.AskAsync(disk, since, 0, cancellationToken) : default;
                disks.Add(wanted);
            }
            catch (MigrateException e) when (e.Code is "source.cbt-file" or "source.cbt-change-id" or "source.cbt-not-active")
            {
                LogDistrusted(logger, State.VmName, disk.Key, e.Message);
                disks.Add(wanted with { Basis = PassBasis.Everything, Reason = e.Message });
            }
        }

        return new TrackingPass(session, State, disks, space);
    }

    private TrackingState Frozen(IReadOnlyList<VirtualDisk> disks) => State with
    {
        Phase = TrackingPhase.Frozen,
        Disks =
        [
            .. State.Disks.Select(d => disks.FirstOrDefault(f => f.Key == d.Key) is { } frozen
                ? d with { FrozenChangeId = frozen.ChangeId, FrozenFile = frozen.FileName, FrozenAt = session.Time.GetUtcNow().UtcDateTime }
                : throw new MigrateException("source.disks-changed", $"{State.VmName}'s snapshot has no {d.Label}.", "Synchronise the inventory and make the plan again.")),
        ],
    };

    private TrackingState Thawed() => State with
    {
        Phase = TrackingPhase.Ready,
        SnapshotKey = null,
        Disks = [.. State.Disks.Select(d => d with { FrozenChangeId = null, FrozenAt = null, FrozenFile = null })],
    };

    private async Task<TrackedVm?> IsStillFrozenAsync(CancellationToken cancellationToken)
    {
        var vm = await VmAsync(cancellationToken);
        return State.SnapshotKey is { } key
            ? vm.Snapshots.Any(s => s.Key == key) ? vm : null
            : vm.PowerState == VirtualMachinePowerState.PoweredOff && State.Disks.All(d => vm.Disks.Any(v => v.Key == d.Key && v.ChangeId == d.FrozenChangeId)) ? vm : null;
    }

    private async Task<string?> KnownFaultAsync(TrackedVm vm, CancellationToken cancellationToken)
    {
        var host = vm.HostKey is null ? null : await new PropertyReader(session).ReadOneAsync(new("HostSystem", vm.HostKey), ["config.product.version", "config.product.build"], cancellationToken);
        var fault = KnownTrackingFault.Of(host?.Text("config.product.version"), host?.Text("config.product.build")).FirstOrDefault(f => f.Effect == TrackingEffect.Distrusted);
        return fault is null ? null : $"{fault.Id}: {fault.What}";
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
            throw TrackingFault.Explain(f, what);
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

    private MigrateException Vanished() => new("source.snapshot-vanished", $"The snapshot of {State.VmName} was taken and is gone again.",
        "See the VM's events for who removed it, then try again.")
    { IsTransient = true };
}
