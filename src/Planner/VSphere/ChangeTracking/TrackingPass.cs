using Migrate.Vim25;

namespace Migrate.Planner.VSphere.ChangeTracking;

/// <summary>
/// A moment at which all disks of the VM hold still, and what each of them has to be read for. Ends by the tracker's
/// <see cref="ChangeTracker.CompletePassAsync"/> or <see cref="ChangeTracker.AbandonPassAsync"/>; disposing only ends the watch over free space.
/// </summary>
public sealed class TrackingPass : IAsyncDisposable
{
    private readonly VSphereSession _session;
    private readonly TrackingState _state;
    private readonly SpaceWatch? _space;

    internal TrackingPass(VSphereSession session, TrackingState state, IReadOnlyList<DiskPass> disks, SpaceWatch? space)
    {
        (_session, _state, Disks, _space) = (session, state, disks, space);
        _space?.Start();
    }

    public int Number => _state.Pass;

    /// <summary>The guest was not quiet when the disks were frozen.</summary>
    public bool CrashConsistent => _state.CrashConsistent;

    /// <summary>Null in the last pass, of a VM that is off.</summary>
    public string? SnapshotKey => _state.SnapshotKey;

    public IReadOnlyList<DiskPass> Disks { get; }

    /// <summary>Cancelled when a datastore is about to fill: stop reading and abandon the pass.</summary>
    public CancellationToken Stopping => _space?.Stopping ?? CancellationToken.None;

    /// <summary>Why <see cref="Stopping"/> was cancelled.</summary>
    public MigrateException? StopCause => _space?.Failure;

    /// <summary>
    /// What to read of the disk, ascending, in bytes, inside its capacity. For <see cref="PassBasis.Everything"/> one area: the disk.
    /// </summary>
    /// <exception cref="MigrateException">
    /// source.cbt-file, source.cbt-change-id, source.cbt-not-active: abandon the pass, distrust the disk and begin again.
    /// source.snapshot-vanished: begin again. source.cbt-answer, source.cbt-unsupported.
    /// </exception>
    public IAsyncEnumerable<ChangedArea> ChangedAreas(int diskKey, CancellationToken cancellationToken)
    {
        var disk = Disks.Single(d => d.Disk.Key == diskKey);
        return disk.AskWith is { } since
            ? ChangedAreaReader.ReadAsync((offset, ct) => AskAsync(disk.Disk, since, offset, ct), disk.Disk.CapacityBytes, Name(disk.Disk), cancellationToken)
            : new[] { new ChangedArea(0, disk.Disk.CapacityBytes) }.Where(a => a.Length > 0).ToAsyncEnumerable();
    }

    /// <summary>
    /// What of a first pass's earlier attempts may be out of date, ascending; null when nobody can say, so that all of it may be.
    /// </summary>
    /// <exception cref="MigrateException">As of <see cref="ChangedAreas"/>.</exception>
    public IAsyncEnumerable<ChangedArea>? StaleAreas(int diskKey, CancellationToken cancellationToken)
    {
        var disk = Disks.Single(d => d.Disk.Key == diskKey);
        return disk.KnownIsCurrent ? AsyncEnumerable.Empty<ChangedArea>()
            : disk.KnownSince is { } since
                ? ChangedAreaReader.ReadAsync((offset, ct) => AskAsync(disk.Disk, since, offset, ct), disk.Disk.CapacityBytes, Name(disk.Disk), cancellationToken)
            : null;
    }

    /// <summary>How fast the disk changed since the last pass; null where that pass is not known or the answers are not believed.</summary>
    public async Task<ChangeRate?> ChangeRateAsync(int diskKey, CancellationToken cancellationToken)
    {
        var pass = Disks.Single(d => d.Disk.Key == diskKey);
        return pass is { Basis: PassBasis.Changes, Disk: { CopiedAt: { } from, FrozenAt: { } to } }
            ? await ChangeRate.OfAsync(diskKey, from, to, ChangedAreas(diskKey, cancellationToken), cancellationToken)
            : null;
    }

    public ValueTask DisposeAsync() => _space?.DisposeAsync() ?? ValueTask.CompletedTask;

    internal async Task<ChangedAreaPage> AskAsync(TrackedDisk disk, string since, long offset, CancellationToken cancellationToken)
    {
        try
        {
            var answer = (await _session.CallAsync(new QueryChangedDiskAreasRequest
            {
                This = new("VirtualMachine", _state.VmKey),
                Snapshot = _state.SnapshotKey is { } key ? new("VirtualMachineSnapshot", key) : null,
                DeviceKey = disk.Key,
                StartOffset = offset,
                ChangeId = since,
            }, cancellationToken)).Value;
            return new(answer?.StartOffset ?? 0, answer?.Length ?? 0, [.. (answer?.ChangedArea ?? []).Select(a => new ChangedArea(a.Start, a.Length))]);
        }
        catch (VSphereFault f)
        {
            throw TrackingFault.OfAreas(f, $"Asking for changed areas of {Name(disk)}");
        }
    }

    private string Name(TrackedDisk disk) => $"{_state.VmName}, {disk.Label}";
}
