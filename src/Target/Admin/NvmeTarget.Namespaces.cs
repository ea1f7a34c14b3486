using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;

namespace Migrate.Target.Admin;

public sealed partial class NvmeTarget
{
    /// <summary>Creates a namespace, or returns the one with this UUID if it has the same size and block size.</summary>
    /// <exception cref="TargetException"><c>target.no-space</c>, <c>target.namespace-differs</c>, <c>target.invalid-namespace</c>, <c>target.backing-locked</c>.</exception>
    public async Task<NamespaceInfo> CreateNamespaceAsync(NamespaceSpec spec, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ThrowIfInvalid(spec);
        using var turn = await TakeTurnAsync(cancellationToken);
        if (_namespaces.Find(spec.Uuid) is { } existing)
        {
            return existing.CapacityBytes == spec.CapacityBytes && existing.BlockSize == spec.BlockSize
                ? InfoOf(existing)
                : throw new TargetException("target.namespace-differs",
                    $"Namespace {spec.Uuid} exists with {existing.CapacityBytes} bytes in blocks of {existing.BlockSize}, not {spec.CapacityBytes} in blocks of {spec.BlockSize}.",
                    "Delete the namespace first if its content is not needed, or use the size it has.");
        }

        var path = PathOf(spec.Uuid);
        var isAdopted = ThrowUnlessNewOrEmpty(path, spec);
        ThrowIfNoSpace(spec);
        var one = new Namespace(spec.Uuid, NextNsid(), spec.CapacityBytes, spec.BlockSize, path);
        var backing = Backing.Open(path, createWith: spec.CapacityBytes);
        try
        {
            // From the moment the record is written a restart brings the namespace back; before, only an empty file is left.
            Save(_records.Namespaces.Append(new NamespaceRecord(one.Uuid, one.Nsid, one.CapacityBytes, one.BlockSize, true, null)), one.Nsid + 1);
        }
        catch
        {
            backing.Dispose();
            if (!isAdopted)
            {
                File.Delete(path);
            }

            throw;
        }

        _namespaces.Set(one.Nsid, one);
        await PutOnlineAsync(one, backing, null);
        return InfoOf(one);
    }

    /// <summary>Takes a namespace away from the hosts and forgets it; an unknown one is no error.</summary>
    public async Task DeleteNamespaceAsync(Guid uuid, bool deleteBacking, CancellationToken cancellationToken)
    {
        using var turn = await TakeTurnAsync(cancellationToken);
        if (_namespaces.Find(uuid) is not { } one)
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
            File.Delete(one.BackingPath);
        }

        Save(_records.Namespaces.Where(r => r.Uuid != uuid));
        _namespaces.Set(one.Nsid, null);
        _namespaces.NotifyChanged(one.Nsid);
    }

    /// <summary>The namespace with this UUID, or null.</summary>
    public NamespaceInfo? FindNamespace(Guid uuid) => _namespaces.Find(uuid) is { } one ? InfoOf(one) : null;

    /// <summary>All namespaces, online or not, by NSID.</summary>
    public IReadOnlyList<NamespaceInfo> ListNamespaces() => [.. _namespaces.All.Select(InfoOf)];

    /// <summary>
    /// The fence: from here on only <paramref name="hostNqn"/> (null: any host) may do I/O on the namespace; others get
    /// Reservation Conflict. Returns when no other host's access to the file is under way any more.
    /// </summary>
    public async Task GrantAsync(Guid uuid, string? hostNqn, CancellationToken cancellationToken)
    {
        if (hostNqn is not null && Nqn.Problem(hostNqn) is { } problem)
        {
            throw new TargetException("target.invalid-host-nqn", $"\"{hostNqn}\" is no NQN: {problem}.", "Give the NQN that the host connects with.");
        }

        using var turn = await TakeTurnAsync(cancellationToken);
        var one = Need(uuid);
        Update(one, r => r with { GrantedHostNqn = hostNqn });
        await one.ReplacePeriodAsync(new AccessPeriod(one.Period.Backing, hostNqn));
        LogGranted(uuid, hostNqn ?? "any host");
    }

    /// <summary>Stops serving the namespace, flushes it and lets go of its lock: from then on a domain may open the file.</summary>
    public async Task TakeOfflineAsync(Guid uuid, CancellationToken cancellationToken)
    {
        using var turn = await TakeTurnAsync(cancellationToken);
        var one = Need(uuid);
        if (!one.Online)
        {
            return;
        }

        Update(one, r => r with { Online = false });
        await CloseBackingAsync(one);
        _namespaces.NotifyChanged(one.Nsid);
        LogOffline(one.Uuid, one.Nsid);
    }

    /// <summary>Serves the namespace again.</summary>
    /// <exception cref="TargetException"><c>target.backing-locked</c>: somebody has the file open.</exception>
    public async Task BringOnlineAsync(Guid uuid, CancellationToken cancellationToken)
    {
        using var turn = await TakeTurnAsync(cancellationToken);
        var one = Need(uuid);
        if (one.Online)
        {
            return;
        }

        var backing = OpenChecked(one);
        Update(one, r => r with { Online = true });
        await PutOnlineAsync(one, backing, one.GrantedHostNqn);
    }

    private void OpenNamespaces()
    {
        var problems = new List<TargetException>();
        foreach (var record in _records.Namespaces)
        {
            var one = new Namespace(record.Uuid, record.Nsid, record.CapacityBytes, record.BlockSize, PathOf(record.Uuid));
            _namespaces.Set(record.Nsid, one);
            try
            {
                var backing = record.Online ? OpenChecked(one) : null;
                _ = one.ReplacePeriodAsync(new AccessPeriod(backing, record.GrantedHostNqn)); // nobody uses it yet
            }
            catch (TargetException e)
            {
                problems.Add(e);
            }
        }

        if (problems.Count > 0)
        {
            // "Delete the namespace" alone would be no way out: the target that could do it does not start.
            throw new TargetException(problems[0].Code, string.Join(" ", problems.Select(p => p.Message)),
                string.Join(" ", problems.Select(p => p.Remedy).Distinct()) +
                $" While the target does not run, a namespace is deleted by taking its entry out of {Path.Combine(Directory, NamespaceRecords.FileName)}.");
        }
    }

    private static Backing OpenChecked(Namespace one)
    {
        var backing = Backing.Open(one.BackingPath, createWith: null);
        if (backing.Length == one.CapacityBytes)
        {
            return backing;
        }

        var length = backing.Length;
        backing.Dispose();
        throw new TargetException("target.backing-resized",
            $"The backing file {one.BackingPath} has {length} bytes, but namespace {one.Uuid} has {one.CapacityBytes}.",
            "Put the right file back, or delete the namespace.");
    }

    private async Task PutOnlineAsync(Namespace one, Backing backing, string? grantedHostNqn)
    {
        await one.ReplacePeriodAsync(new AccessPeriod(backing, grantedHostNqn));
        _namespaces.NotifyChanged(one.Nsid);
        LogOnline(one.Uuid, one.Nsid);
    }

    private static void ThrowIfInvalid(NamespaceSpec spec)
    {
        var problem = spec switch
        {
            { Uuid: var uuid } when uuid == Guid.Empty => "its UUID is empty",
            { BlockSize: not (512 or 4096) } => $"its block size is {spec.BlockSize}, not 512 or 4096",
            { CapacityBytes: <= 0 } => $"its capacity is {spec.CapacityBytes} bytes",
            _ when spec.CapacityBytes % spec.BlockSize != 0 => $"its capacity of {spec.CapacityBytes} bytes is no multiple of {spec.BlockSize}",
            _ => null,
        };
        if (problem is not null)
        {
            throw new TargetException("target.invalid-namespace", $"Namespace {spec.Uuid} cannot be created: {problem}.", "Correct the specification.");
        }
    }

    /// <summary>A crash between file and record leaves an empty file, with its size or before it got one: that one is taken. Anything else may be somebody's disk.</summary>
    private static bool ThrowUnlessNewOrEmpty(string path, NamespaceSpec spec)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        var length = new FileInfo(path).Length;
        if (length == 0 || (length == spec.CapacityBytes && Posix.AllocatedBytes(path) == 0))
        {
            return true;
        }

        throw new TargetException("target.backing-exists", $"The file {path} exists, and no namespace of this target owns it.",
            "Move the file away if its content matters, else delete it; then create the namespace again.");
    }

    private void ThrowIfNoSpace(NamespaceSpec spec)
    {
        var free = new DriveInfo(Path.GetFullPath(Directory)).AvailableFreeSpace;
        var promised = _options.Overcommit ? 0 : _namespaces.All.Sum(n => Math.Max(0, n.CapacityBytes - n.AllocatedBytes));
        if (free - promised < spec.CapacityBytes)
        {
            throw new TargetException("target.no-space",
                $"Namespace {spec.Uuid} needs {spec.CapacityBytes} bytes, but {Directory} has {free} free, of which {promised} are promised to other namespaces.",
                "Make room on the file system, delete namespaces that are not needed, or use another directory.");
        }
    }

    private uint NextNsid()
    {
        var next = _records.NextNsid;
        for (var attempt = 0u; attempt < NamespaceTable.MaxNsid; attempt++)
        {
            var nsid = ((next - 1 + attempt) % NamespaceTable.MaxNsid) + 1;
            if (_namespaces.Find(nsid) is null)
            {
                return nsid;
            }
        }

        throw new TargetException("target.too-many-namespaces", $"The target has {NamespaceTable.MaxNsid} namespaces, the most it can have.",
            "Delete namespaces that are not needed, or start another target.");
    }

    private Namespace Need(Guid uuid) => _namespaces.Find(uuid) ?? throw new TargetException("target.no-such-namespace",
        $"The target has no namespace {uuid}.", "Create it first; the list of namespaces shows what there is.");

    private void Update(Namespace one, Func<NamespaceRecord, NamespaceRecord> change) =>
        Save(_records.Namespaces.Select(r => r.Uuid == one.Uuid ? change(r) : r));

    private void Save(IEnumerable<NamespaceRecord> namespaces, uint? nextNsid = null)
    {
        var next = _records with { NextNsid = nextNsid ?? _records.NextNsid, Namespaces = [.. namespaces] };
        try
        {
            next.Save(Directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TargetException("target.records-not-saved", $"{NamespaceRecords.FileName} in {Directory} cannot be written: {e.Message}",
                "Make room on the file system, or give the target's user write access to the directory, and repeat.", e);
        }

        _records = next;
    }

    private string PathOf(Guid uuid) => Path.Combine(Path.GetFullPath(Directory), $"{uuid:D}.raw");

    private static NamespaceInfo InfoOf(Namespace one) => new(
        one.Uuid, one.Nsid, one.CapacityBytes, one.BlockSize, one.BackingPath, one.Online, one.GrantedHostNqn, one.AllocatedBytes);

    private async Task<Turn> TakeTurnAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        if (_isDisposed)
        {
            _gate.Release();
            throw new ObjectDisposedException(nameof(NvmeTarget));
        }

        return new Turn(_gate);
    }

    private readonly struct Turn(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}
