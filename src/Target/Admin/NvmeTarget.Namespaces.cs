using Migrate.Target.Controllers;
using Migrate.Target.Namespaces;
using Migrate.Target.Records;

namespace Migrate.Target.Admin;

public sealed partial class NvmeTarget
{
    /// <summary>Creates a namespace, or returns the one with this UUID if it is in the same subsystem with the same backing, size and block size.</summary>
    /// <exception cref="TargetException">
    /// <c>target.no-space</c>, <c>target.namespace-differs</c>, <c>target.invalid-namespace</c>, <c>target.backing-in-use</c>,
    /// <c>target.backing-locked</c> and other <c>target.backing-…</c> codes, with all reasons in one message;
    /// <c>target.no-such-subsystem</c>, <c>target.nsid-taken</c>, <c>target.too-many-namespaces</c>.
    /// </exception>
    public async Task<NamespaceInfo> CreateNamespaceAsync(NamespaceSpec spec, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spec);
        using var turn = await TakeTurnAsync(cancellationToken);
        var subsystem = NeedSubsystem(spec.SubsystemNqn ?? SubsystemNqn);
        if (_subsystems.Find(spec.Uuid) is { } existing)
        {
            var (holder, other) = existing;
            var hasSize = other.CapacityBytes == spec.CapacityBytes || (spec.CapacityBytes == 0 && spec.BackingPath is not null);
            return holder == subsystem && hasSize && other.BlockSize == spec.BlockSize && other.BackingPath == _backings.PathOf(spec)
                ? InfoOf(existing)
                : throw new TargetException("target.namespace-differs",
                    $"Namespace {spec.Uuid} exists in {holder.Nqn} with {other.CapacityBytes} bytes in blocks of {other.BlockSize} on {other.BackingPath}, " +
                    $"not in {subsystem.Nqn} with {spec.CapacityBytes} in blocks of {spec.BlockSize} on {_backings.PathOf(spec)}.",
                    "Delete the namespace first if its content is not needed, or use the one that is there.");
        }

        var conflicts = _backings.Conflicts();
        var plan = _backings.Plan(spec, conflicts);
        var record = _records.Find(subsystem.Nqn)!;
        var one = new Namespace(spec.Uuid, FreeNsid(subsystem, record, spec.Nsid), plan.CapacityBytes, spec.BlockSize, plan.Place, spec.AnaGroup);
        one.Reservations.KeepIn(_reservations);
        var backing = _backings.Open(plan, spec.BlockSize, conflicts);
        try
        {
            // From the moment the record is written a restart brings the namespace back; before, only an empty file is left.
            Save(_records.With(record with
            {
                NextNsid = one.Nsid + 1,
                Namespaces = [.. record.Namespaces, _backings.RecordOf(one)],
            }));
        }
        catch
        {
            backing.Dispose();
            if (plan.IsNew)
            {
                BackingStore.Delete(one);
            }

            throw;
        }

        subsystem.Namespaces.Set(one.Nsid, one);
        await PutOnlineAsync((subsystem, one), backing);
        return InfoOf((subsystem, one));
    }

    /// <summary>Takes a namespace away from the hosts and forgets it; an unknown one is no error.</summary>
    /// <param name="uuid">Which.</param>
    /// <param name="deleteBacking">Deletes its file, also one that was named at its creation. A block device is left as it is.</param>
    /// <param name="cancellationToken">Only until the deletion begins.</param>
    public async Task DeleteNamespaceAsync(Guid uuid, bool deleteBacking, CancellationToken cancellationToken)
    {
        using var turn = await TakeTurnAsync(cancellationToken);
        if (_subsystems.Find(uuid) is not var (subsystem, one))
        {
            return;
        }

        // The record goes last: a crash before leaves a namespace that can be deleted again, not a file that nobody owns.
        Update(one, r => r with { Online = false });
        try
        {
            await CloseBackingAsync(one);
        }
        catch (TargetException) when (deleteBacking)
        {
            // What could not be flushed is deleted anyway; the failure is in the log.
        }

        if (deleteBacking)
        {
            BackingStore.Delete(one);
        }

        ForgetReservations(one); // before its record: another namespace with this UUID must not inherit them
        var record = _records.Find(subsystem.Nqn)!;
        Save(_records.With(record with { Namespaces = [.. record.Namespaces.Where(r => r.Uuid != uuid)] }));
        one.IsDeleted = true;
        subsystem.Namespaces.Set(one.Nsid, null);
        subsystem.NamespaceChanged(one);
        _subsystems.Statistics.ForgetNamespace(uuid);
    }

    /// <summary>The namespace with this UUID, or null.</summary>
    public NamespaceInfo? FindNamespace(Guid uuid) => _subsystems.Find(uuid) is { } found ? InfoOf(found) : null;

    /// <summary>All namespaces, online or not, by subsystem and NSID; the default subsystem's come first.</summary>
    public IReadOnlyList<NamespaceInfo> ListNamespaces() => [.. _subsystems.All.SelectMany(s => s.Namespaces.All.Select(n => InfoOf((s, n))))];

    /// <summary>
    /// The fence: from here on only <paramref name="hostNqn"/> (null: any host) may do I/O on the namespace; others get
    /// Reservation Conflict. Returns when no other host's access to the file is under way any more. An operator's word: it needs no
    /// epoch, and granting to any host forgets the one that there was.
    /// </summary>
    public async Task GrantAsync(Guid uuid, string? hostNqn, CancellationToken cancellationToken)
    {
        if (hostNqn is not null)
        {
            ThrowIfNoNqn(hostNqn);
        }

        using var turn = await TakeTurnAsync(cancellationToken);
        await GrantAsync(Need(uuid).Namespace, hostNqn, r => hostNqn is null ? 0 : r.GrantEpoch);
    }

    /// <summary>
    /// The fence for hosts that overtake each other: as above, but only for an epoch higher than every one before, or for the host that has
    /// this epoch already. The epoch is kept over restarts: a host that slept meanwhile cannot take the namespace back.
    /// </summary>
    /// <param name="uuid">Which.</param>
    /// <param name="hostNqn">Who may do I/O from here on.</param>
    /// <param name="epoch">1 and up; whoever hands out the right to write counts it.</param>
    /// <param name="cancellationToken">Only until the grant begins.</param>
    /// <exception cref="TargetException"><c>target.epoch-stale</c>; <c>target.invalid-epoch</c>.</exception>
    public async Task GrantAsync(Guid uuid, string hostNqn, long epoch, CancellationToken cancellationToken)
    {
        ThrowIfNoNqn(hostNqn);
        if (epoch < 1)
        {
            throw new TargetException("target.invalid-epoch", $"{epoch} is no epoch.", "Give 1 or more, and a higher one with each new host.");
        }

        using var turn = await TakeTurnAsync(cancellationToken);
        var (_, one) = Need(uuid);
        var record = RecordOf(uuid);
        if (epoch < record.GrantEpoch || (epoch == record.GrantEpoch && hostNqn != record.GrantedHostNqn))
        {
            throw new TargetException("target.epoch-stale",
                $"Namespace {uuid} is granted to {record.GrantedHostNqn} with epoch {record.GrantEpoch}; {hostNqn} comes with epoch {epoch}.",
                "Nothing is to be done where another worker has taken over. If the counter of epochs was set back (a restored database), withdraw the grant on the target.");
        }

        await GrantAsync(one, hostNqn, _ => epoch);
    }

    private async Task GrantAsync(Namespace one, string? hostNqn, Func<NamespaceRecord, long> epoch)
    {
        Update(one, r => r with { GrantedHostNqn = hostNqn, GrantEpoch = epoch(r) });
        await one.ChangeRuleAsync(r => r with { GrantedHostNqn = hostNqn });
        LogGranted(one.Uuid, hostNqn ?? "any host", RecordOf(one.Uuid).GrantEpoch);
    }

    private NamespaceRecord RecordOf(Guid uuid) => _records.Subsystems.SelectMany(s => s.Namespaces).Single(n => n.Uuid == uuid);

    /// <summary>Stops serving the namespace, flushes it and lets go of its lock: from then on a domain may open the file.</summary>
    public async Task TakeOfflineAsync(Guid uuid, CancellationToken cancellationToken)
    {
        using var turn = await TakeTurnAsync(cancellationToken);
        var (subsystem, one) = Need(uuid);
        one.Problem = null; // offline is now what it should be
        Update(one, r => r with { Online = false });
        if (!one.Online)
        {
            return;
        }

        await CloseBackingAsync(one);
        subsystem.NamespaceChanged(one);
        LogOffline(one.Uuid, one.Nsid);
    }

    /// <summary>Serves the namespace again.</summary>
    /// <exception cref="TargetException"><c>target.backing-locked</c>: somebody has the file open; or another <c>target.backing-…</c> code.</exception>
    public async Task BringOnlineAsync(Guid uuid, CancellationToken cancellationToken)
    {
        using var turn = await TakeTurnAsync(cancellationToken);
        var found = Need(uuid);
        if (found.Namespace.Online)
        {
            return;
        }

        var backing = OpenChecked(found.Namespace);
        try
        {
            Update(found.Namespace, r => r with { Online = true });
        }
        catch
        {
            backing.Dispose();
            throw;
        }

        await PutOnlineAsync(found, backing);
    }

    private static uint FreeNsid(Subsystem subsystem, SubsystemRecord record, uint? wanted)
    {
        if (wanted is { } nsid)
        {
            return subsystem.Namespaces.Find(nsid) is { } other
                ? throw new TargetException("target.nsid-taken", $"NSID {nsid} of {subsystem.Nqn} is namespace {other.Uuid}.", "Choose another NSID, or leave it to the target.")
                : nsid;
        }

        for (var attempt = 0u; attempt < NamespaceTable.MaxNsid; attempt++)
        {
            var next = ((record.NextNsid - 1 + attempt) % NamespaceTable.MaxNsid) + 1;
            if (subsystem.Namespaces.Find(next) is null)
            {
                return next;
            }
        }

        throw new TargetException("target.too-many-namespaces", $"Subsystem {subsystem.Nqn} has {NamespaceTable.MaxNsid} namespaces, the most it can have.",
            "Delete namespaces that are not needed, or use another subsystem.");
    }

    private (Subsystem Subsystem, Namespace Namespace) Need(Guid uuid) => _subsystems.Find(uuid) ?? throw new TargetException("target.no-such-namespace",
        $"The target has no namespace {uuid}.", "Create it first; the list of namespaces shows what there is.");

    private static NamespaceInfo InfoOf((Subsystem Subsystem, Namespace Namespace) found)
    {
        var one = found.Namespace;
        return new NamespaceInfo(
            one.Uuid, one.Nsid, one.CapacityBytes, one.BlockSize, one.BackingPath, one.Online, one.GrantedHostNqn, one.AllocatedBytes)
        {
            SubsystemNqn = found.Subsystem.Nqn,
            AnaGroup = one.AnaGroup,
            Problem = one.Problem is { } problem ? new NamespaceProblem(problem.Code, problem.Message, problem.Remedy) : null,
        };
    }
}
