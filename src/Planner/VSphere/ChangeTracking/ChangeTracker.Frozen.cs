using Migrate.Vim25;
using VirtualDisk = Migrate.Planner.Inventory.VirtualDisk;

namespace Migrate.Planner.VSphere.ChangeTracking;

/// <summary>The moment at which disks hold still: how it comes about, and that it lasts until they were read.</summary>
public sealed partial class ChangeTracker
{
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
            throw Foreign($"While a snapshot of {State.VmName} was taken, another one appeared: '{others[0].Name}'");
        }
    }

    /// <summary>What is frozen must be what was looked at before: between the two, disks can be extended, exchanged or given a delta by a backup.</summary>
    private void RequireSame(IReadOnlyList<VirtualDisk> before, IReadOnlyList<VirtualDisk> frozen)
    {
        foreach (var disk in State.Disks)
        {
            var (was, now) = (before.First(d => d.Key == disk.Key), frozen.FirstOrDefault(d => d.Key == disk.Key));
            if (now is null || now.CapacityBytes != disk.CapacityBytes || (was.Uuid is not null && now.Uuid is not null && was.Uuid != now.Uuid))
            {
                throw new MigrateException("source.disks-changed", $"{disk.Label} of {State.VmName} was changed while a snapshot was taken: "
                    + (now is null ? "it is not in the snapshot." : $"it has {now.CapacityBytes} bytes there instead of {disk.CapacityBytes}, or is another disk."),
                    "Synchronise the inventory and make the plan again.");
            }

            if (now.ParentCount != was.ParentCount)
            {
                throw Foreign($"While a snapshot of {State.VmName} was taken, {disk.Label} got another delta below it");
            }
        }
    }

    /// <summary>
    /// A snapshot that is gone has been merged into what we read, perhaps while we read it. Without a snapshot, the VM must have stayed off: its
    /// configuration is written whenever it is started, and its change ids move.
    /// </summary>
    private async Task RequireHeldStillAsync(CancellationToken cancellationToken)
    {
        if (await StillFrozenAsync(cancellationToken) is not null)
        {
            return;
        }

        throw State.SnapshotKey is not null
            ? new MigrateException("source.snapshot-vanished", $"The snapshot of {State.VmName} was removed before its disks had been read, so what was read cannot be trusted.",
                "See the VM's events for who removed it. The pass is made again from the last one that was complete.")
            { IsTransient = true }
            : new MigrateException("source.changed-meanwhile", $"{State.VmName} was started or changed while its disks were read without a snapshot, so what was read cannot be trusted.",
                "See the VM's events for who did, and keep it off. The pass is made again.")
            { IsTransient = true };
    }

    /// <summary>The VM, when its disks are still as the pass froze them. Files that storage vMotion has moved meanwhile are noted.</summary>
    private async Task<TrackedVm?> StillFrozenAsync(CancellationToken cancellationToken)
    {
        var vm = await VmAsync(cancellationToken);
        var disks = State.SnapshotKey is { } key
            ? vm.Snapshots.Any(s => s.Key == key) ? await TrackedVm.ReadSnapshotAsync(session, key, cancellationToken) : null
            : vm.PowerState == VirtualMachinePowerState.PoweredOff && vm.ConfigVersion == State.ConfigVersion ? vm.Disks : null;
        if (disks is null || !State.Disks.All(d => disks.Any(f => f.Key == d.Key && f.CapacityBytes == d.CapacityBytes && (f.ChangeId ?? "") == (d.FrozenChangeId ?? ""))))
        {
            return null;
        }

        var files = disks.ToDictionary(d => d.Key, d => d.FileName);
        if (State.Disks.Any(d => files[d.Key] != d.FrozenFile))
        {
            await MoveAsync(State with { Disks = [.. State.Disks.Select(d => d with { FrozenFile = files[d.Key] })] }, cancellationToken);
        }

        return vm;
    }

    private TrackingState Frozen(IReadOnlyList<VirtualDisk> disks) => State with
    {
        Phase = TrackingPhase.Frozen,
        Disks =
        [
            .. State.Disks.Join(disks, d => d.Key, f => f.Key, (d, f) => d with
            {
                FrozenChangeId = f.ChangeId,
                FrozenFile = f.FileName,
                FrozenAt = session.Time.GetUtcNow().UtcDateTime,
            }),
        ],
    };

    private TrackingState Thawed() => State with
    {
        Phase = TrackingPhase.Ready,
        SnapshotKey = null,
        ConfigVersion = null,
        Disks = [.. State.Disks.Select(d => d with { FrozenChangeId = null, FrozenAt = null, FrozenFile = null })],
    };

    /// <summary>Asked for every pass: DRS may have moved the VM to a host with an older build.</summary>
    private async Task<string?> KnownFaultAsync(TrackedVm vm, CancellationToken cancellationToken)
    {
        var host = vm.HostKey is null ? null : await new PropertyReader(session).ReadOneAsync(new("HostSystem", vm.HostKey), ["config.product.version", "config.product.build"], cancellationToken);
        var fault = KnownTrackingFault.Of(host?.Text("config.product.version"), host?.Text("config.product.build")).FirstOrDefault(f => f.Effect == TrackingEffect.Distrusted);
        return fault is null ? null : $"{fault.Id}: {fault.What}";
    }
}
