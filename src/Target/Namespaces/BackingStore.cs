using Migrate.Target.Admin;
using Migrate.Target.Records;

namespace Migrate.Target.Namespaces;

/// <summary>
/// The backings of one target's namespaces: looks whether they may be had, opens, makes and deletes them. Not safe to call from
/// several threads at once.
/// </summary>
internal sealed class BackingStore(string directory, bool overcommit, Func<IEnumerable<Namespace>> namespaces, HostTree host)
{
    private const string NoSpaceCode = "target.no-space";
    private const string NoSpaceRemedy = "Make room on the file system, delete namespaces that are not needed, or use another directory.";

    private readonly string _directory = Path.GetFullPath(directory);

    /// <summary>Where the specification puts its namespace.</summary>
    public string PathOf(NamespaceSpec spec) => spec.BackingPath is { } path ? Path.GetFullPath(path) : OwnPathOf(spec.Uuid);

    /// <summary>The namespace that the record tells of, without its backing.</summary>
    public Namespace Restore(NamespaceRecord record) => new(record.Uuid, record.Nsid, record.CapacityBytes, record.BlockSize,
        new BackingPlace(record.BackingPath ?? OwnPathOf(record.Uuid), record.Direct, record.IsPreallocated, record.DeviceName), record.AnaGroup);

    /// <summary>The record of a namespace that was just made. It leaves out a path in the directory, which may be moved with its files.</summary>
    public NamespaceRecord RecordOf(Namespace one) => new(one.Uuid, one.Nsid, one.CapacityBytes, one.BlockSize, true, null, one.AnaGroup, null,
        one.BackingPath == OwnPathOf(one.Uuid) ? null : one.BackingPath, one.Place.Direct, one.Place.IsPreallocated, one.Place.DeviceName);

    /// <summary>Looks whether the namespace can be made, without touching anything.</summary>
    /// <exception cref="TargetException">It cannot; all reasons in one message.</exception>
    public BackingPlan Plan(NamespaceSpec spec, StorageConflicts conflicts)
    {
        var check = new BackingCheck(spec, PathOf(spec), _directory, host);
        var plan = check.Run();
        if (plan is { IsDevice: false } && NoSpace(plan.Place, check.MissingBytes(plan)) is { } problem)
        {
            check.Add(NoSpaceCode, problem, NoSpaceRemedy);
        }

        check.AddConflicts(conflicts.With);
        return check.Result(plan);
    }

    /// <summary>Opens what the plan found, or makes what it did not find.</summary>
    public Backing Open(BackingPlan plan, int blockSize, StorageConflicts conflicts) => plan.IsToBeMade
        ? Backing.Create(plan.Place, blockSize, plan.CapacityBytes, host)
        : OpenUnwritten(plan.Place, blockSize, conflicts);

    /// <summary>Opens a namespace's backing unless somebody else uses it by now.</summary>
    /// <param name="one">The namespace.</param>
    /// <param name="leastBytes">What the backing must have; more does no harm.</param>
    /// <param name="conflicts">What was seen of the machine.</param>
    public Backing Open(Namespace one, long leastBytes, StorageConflicts conflicts)
    {
        if (Posix.StatusOf(one.BackingPath) is { } status)
        {
            BackingCheck.ThrowIfUsed(one.BackingPath, conflicts.With(status, one.Uuid));
        }

        var backing = OpenUnwritten(one.Place, one.BlockSize, conflicts);
        if (backing.Length is var length && length >= leastBytes)
        {
            return backing;
        }

        backing.Dispose();
        throw new TargetException("target.backing-resized",
            $"The backing {one.BackingPath} has {length} bytes, but namespace {one.Uuid} has {one.CapacityBytes}.",
            "Put the right file or device back, or delete the namespace.");
    }

    // Locks only keep out who asks for them. Looked at before it is open here: a child process has all our files for a moment.
    // So have tools that look what a device is, which is why one that has it still after a while counts.
    private Backing OpenUnwritten(BackingPlace place, int blockSize, StorageConflicts conflicts)
    {
        var id = Posix.StatusOf(place.Path)?.Id ?? default;
        var writers = conflicts.Writers(id);
        for (var look = 0; look < 5 && writers.Count > 0; look++)
        {
            Thread.Sleep(100);
            writers = [.. OpenFiles.Writers(host)[id].Distinct()];
        }

        return writers.Count == 0 ? Backing.Open(place, blockSize, host) : throw BackingFault.Locked(place.Path, writers);
    }

    /// <summary>Deletes a file, also one that the operator named; a block device stays as it is, and what is gone already is no error.</summary>
    /// <exception cref="TargetException"><c>target.backing-not-deleted</c>.</exception>
    public static void Delete(Namespace one)
    {
        var path = new FileInfo(one.BackingPath);
        if (Posix.StatusOf(path.FullName) is { IsBlockDevice: true } || (!path.Exists && path.LinkTarget is null))
        {
            return;
        }

        try
        {
            (path.LinkTarget is null ? null : path.ResolveLinkTarget(returnFinalTarget: true))?.Delete();
            path.Delete();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TargetException("target.backing-not-deleted", $"The backing file {path.FullName} cannot be deleted: {e.Message}",
                "Give the target's user write access to the file's directory, and repeat.", e);
        }
    }

    /// <summary>Who uses what on this machine now, our own namespaces included, whether on line or not.</summary>
    public StorageConflicts Conflicts() => new(host, namespaces().SelectMany(one => StorageUse.Of(
        one.BackingPath, $"the backing of namespace {one.Uuid} of this target", $"Delete namespace {one.Uuid} first, or use another file or device.", isExport: true)
        .Select(use => use with { Namespace = one.Uuid })));

    /// <summary>Looks whether a namespace's file may grow; of a device that is seen when it is tried.</summary>
    /// <exception cref="TargetException"><c>target.no-space</c>.</exception>
    public void ThrowIfNoSpace(Namespace one, long capacityBytes)
    {
        if (Posix.StatusOf(one.BackingPath) is { IsFile: true } && NoSpace(one.Place, capacityBytes - one.CapacityBytes) is { } problem)
        {
            throw new TargetException(NoSpaceCode, $"Namespace {one.Uuid} cannot grow: {problem}.", NoSpaceRemedy);
        }
    }

    // What other namespaces on the file system have not written yet is theirs all the same, unless thin files may promise more than there is:
    // then their owner minds what is written to them. What is set aside at once has to be there in any case.
    private string? NoSpace(BackingPlace place, long needed)
    {
        if (overcommit && !place.IsPreallocated)
        {
            return null;
        }

        var parent = Path.GetDirectoryName(place.Path)!;
        var fileSystem = Posix.StatusOf(parent)?.FileSystem;
        var free = new DriveInfo(parent).AvailableFreeSpace;
        var promised = overcommit ? 0 : namespaces()
            .Where(one => Posix.StatusOf(one.BackingPath) is { IsFile: true } status && status.FileSystem == fileSystem)
            .Sum(one => Math.Max(0, one.CapacityBytes - one.AllocatedBytes));
        return needed > 0 && free - promised < needed
            ? $"it needs {needed} bytes, but {parent} has {free} free, of which {promised} are promised to other namespaces"
            : null;
    }

    private string OwnPathOf(Guid uuid) => Path.Combine(_directory, $"{uuid:D}.raw");
}
