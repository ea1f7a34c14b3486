using Migrate.Target.Admin;
using Migrate.Target.Controllers;

namespace Migrate.Target.Namespaces;

/// <summary>Whether a specification can be had: collects every reason against it before anything is touched.</summary>
internal sealed class BackingCheck(NamespaceSpec spec, string path, string directory, HostTree host)
{
    private const string Invalid = "target.invalid-namespace";
    private readonly List<(string Code, string Problem, string Remedy)> _problems = [];
    private readonly FileStatus? _status = Posix.StatusOf(path);

    public void Add(string code, string problem, string remedy) => _problems.Add((code, problem, remedy));

    /// <summary>Looks at specification and path; the plan is only good for <see cref="Result"/>.</summary>
    public BackingPlan? Run()
    {
        CheckSpecification();
        return _status switch
        {
            null => PlanNew(),
            { IsBlockDevice: true } => PlanDevice(),
            { IsFile: true } status => PlanFile(status),
            _ => Refuse("target.backing-unusable", $"{path} is neither a file nor a block device", "Name a file or a block device."),
        };
    }

    public BackingPlan Result(BackingPlan? plan) => _problems.Count == 0 && plan is not null ? plan : throw new TargetException(
        _problems[0].Code, $"Namespace {spec.Uuid} cannot be created: {string.Join("; ", _problems.Select(p => p.Problem))}.",
        string.Join(" ", _problems.Select(p => p.Remedy).Distinct()));

    /// <summary>What the file system must still be able to give.</summary>
    public long MissingBytes(BackingPlan plan) => plan.CapacityBytes - (_status?.AllocatedBytes ?? 0);

    public void AddConflicts(Func<FileStatus, Guid?, IReadOnlyList<StorageUse>> with)
    {
        foreach (var use in _status is { } status ? with(status, null) : [])
        {
            Add("target.backing-in-use", $"{path} is in use: {use.By}", use.Remedy);
        }
    }

    /// <exception cref="TargetException"><c>target.backing-in-use</c>, naming all users.</exception>
    public static void ThrowIfUsed(string path, IReadOnlyList<StorageUse> uses)
    {
        if (uses.Count > 0)
        {
            throw new TargetException("target.backing-in-use", $"The backing {path} is in use: {string.Join("; ", uses.Select(use => use.By))}.",
                string.Join(" ", uses.Select(use => use.Remedy).Distinct()));
        }
    }

    /// <exception cref="TargetException"><c>target.invalid-namespace</c>: the size is none for the namespace's blocks.</exception>
    public static void ThrowIfNoCapacity(Namespace one, long capacityBytes)
    {
        if (capacityBytes <= 0 || capacityBytes % one.BlockSize != 0)
        {
            throw new TargetException(Invalid, $"Namespace {one.Uuid} cannot have {capacityBytes} bytes, which is no multiple of its blocks of {one.BlockSize}.",
                "Give a size in whole blocks.");
        }
    }

    private void CheckSpecification()
    {
        const string remedy = "Correct the specification.";
        if (spec.Uuid == Guid.Empty)
        {
            Add(Invalid, "its UUID is empty", remedy);
        }

        if (spec.BlockSize is not (512 or 4096))
        {
            Add(Invalid, $"its block size is {spec.BlockSize}, not 512 or 4096", remedy);
        }
        else if (spec.CapacityBytes % spec.BlockSize != 0)
        {
            Add(Invalid, $"its capacity of {spec.CapacityBytes} bytes is no multiple of {spec.BlockSize}", remedy);
        }

        if (spec.Nsid is 0 or > NamespaceTable.MaxNsid)
        {
            Add(Invalid, $"its NSID is {spec.Nsid}, not 1 to {NamespaceTable.MaxNsid}", remedy);
        }

        if (spec.AnaGroup is 0 or > AnaAccess.MostGroups)
        {
            Add(Invalid, $"its ANA group is {spec.AnaGroup}, not 1 to {AnaAccess.MostGroups}", remedy);
        }

        if (spec.CapacityBytes < 0 || (spec.CapacityBytes == 0 && spec.BackingPath is null))
        {
            Add(Invalid, $"its capacity is {spec.CapacityBytes} bytes", remedy);
        }

        if (spec.BackingPath is not null && Path.GetDirectoryName(path) == directory)
        {
            Add(Invalid, $"{path} is in the target's own directory", "Leave the backing out, and the target makes its file there; or use another directory.");
        }
    }

    private BackingPlan? PlanNew()
    {
        if (path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal))
        {
            return Refuse("target.backing-missing", $"the device {path} does not exist", "Attach the device, or correct its name.");
        }

        if (spec.BackingPath is not null && !Directory.Exists(Path.GetDirectoryName(path)))
        {
            return Refuse("target.backing-missing", $"the directory of {path} does not exist", "Make the directory, or correct the path.");
        }

        return spec.CapacityBytes <= 0 && spec.BackingPath is not null
            ? Refuse("target.backing-missing", $"{path} does not exist, and without a capacity it cannot be made", "Put the file there, or give a capacity.")
            : Made(isNew: true);
    }

    private BackingPlan? PlanDevice()
    {
        if (spec.Preallocate)
        {
            Add(Invalid, "a block device cannot be preallocated", "Leave preallocation out.");
        }

        if (BlockDevice.Find(_status!.Value.Id, host) is not { } device)
        {
            return Refuse("target.backing-unusable", $"the kernel shows nothing of the device {path} in sysfs", "Run the target where /sys is mounted.");
        }

        if (device.LogicalBlockSize > spec.BlockSize)
        {
            Add("target.block-size-too-small", $"its blocks of {spec.BlockSize} bytes are smaller than those of {path}, which has {device.LogicalBlockSize}",
                $"Create the namespace with blocks of {device.LogicalBlockSize} bytes.");
        }

        var capacity = spec.CapacityBytes > 0 ? spec.CapacityBytes : device.Bytes - (device.Bytes % spec.BlockSize);
        if (capacity > device.Bytes || capacity <= 0)
        {
            Add(Invalid, $"{path} has {device.Bytes} bytes, not {spec.CapacityBytes}", "Give a capacity that the device has, or none to take all of it.");
        }

        return new BackingPlan(new BackingPlace(path, spec.Direct, false, device.Name), capacity, IsToBeMade: false, IsNew: false, IsDevice: true);
    }

    private BackingPlan? PlanFile(FileStatus status)
    {
        // A crash between file and record leaves a file without data, with its size or before it got all of it: that one is taken.
        var isLeft = status.Length == spec.CapacityBytes || (spec.Preallocate && status.Length < spec.CapacityBytes);
        if (status.Length == 0 || (isLeft && Posix.HasNoData(path)))
        {
            return spec.CapacityBytes > 0 ? Made(isNew: false) : Refuse(Invalid, $"{path} is empty and no capacity is given", "Give a capacity.");
        }

        // Any other file in our directory may be somebody's disk. A file that was named is meant, as long as it fits.
        if (spec.BackingPath is null)
        {
            return Refuse("target.backing-exists", $"the file {path} exists, and no namespace of this target owns it",
                "Move the file away if its content matters, else delete it; then create the namespace again.");
        }

        if (spec.Preallocate)
        {
            Add(Invalid, $"{path} exists, and only a new file can be preallocated", "Leave preallocation out.");
        }

        if (spec.CapacityBytes > 0 ? spec.CapacityBytes != status.Length : spec.BlockSize <= 0 || status.Length % spec.BlockSize != 0)
        {
            Add(Invalid, $"{path} has {status.Length} bytes, not {(spec.CapacityBytes > 0 ? $"{spec.CapacityBytes}" : $"a multiple of {spec.BlockSize}")}",
                "Give the file's own size as the capacity, in whole blocks.");
        }

        return new BackingPlan(new BackingPlace(path, spec.Direct), status.Length, IsToBeMade: false, IsNew: false, IsDevice: false);
    }

    private BackingPlan Made(bool isNew) =>
        new(new BackingPlace(path, spec.Direct, spec.Preallocate), spec.CapacityBytes, IsToBeMade: true, isNew, IsDevice: false);

    private BackingPlan? Refuse(string code, string problem, string remedy)
    {
        Add(code, problem, remedy);
        return null;
    }
}
