namespace Migrate.Target.Namespaces;

/// <summary>Finds who uses a file or block device already, under this path or any other, whole or in part, below it or above it.</summary>
internal sealed class StorageConflicts(HostTree host, IEnumerable<StorageUse> ofOwnNamespaces)
{
    private readonly IReadOnlyList<StorageUse> _uses = [.. ofOwnNamespaces, .. KernelUses.Find(host)];
    private readonly Lazy<ILookup<StorageId, string>> _writers = new(() => OpenFiles.Writers(host));

    /// <summary>Other processes that have it open for writing, locked or not.</summary>
    public IReadOnlyList<string> Writers(StorageId id) => [.. _writers.Value[id].Distinct()];

    /// <summary>Every use that rules out another one of the storage; empty when it is free.</summary>
    /// <param name="storage">What is wanted.</param>
    /// <param name="ofNamespace">The namespace that wants it and does not stand in its own way; null for one that is yet to be made.</param>
    public IReadOnlyList<StorageUse> With(FileStatus storage, Guid? ofNamespace)
    {
        var same = Overlapping(storage.Id).ToList();
        var below = new HashSet<StorageId>();
        AddBelow(storage, below);
        below.ExceptWith(same.Select(one => one.Id));
        return [.. same.SelectMany(one => UsesOf(one.Id, one.Part)).Concat(_uses.Where(use => use.IsExport && below.Contains(use.Id)))
            .Where(use => use.Namespace is null || use.Namespace != ofNamespace)
            .DistinctBy(use => use.By)];
    }

    // A disk overlaps with its partitions and a partition with its disk, though not with other partitions.
    private IEnumerable<(StorageId Id, string? Part)> Overlapping(StorageId id)
    {
        yield return (id, null);
        if (id.IsDevice && BlockDevice.Find(id, host) is { } device)
        {
            foreach (var part in device.Partitions)
            {
                yield return (part.Id, $"its partition {part.KernelName} is ");
            }

            if (device.Disk is { } disk)
            {
                yield return (disk.Id, $"its disk {disk.KernelName} is ");
            }
        }
    }

    private IEnumerable<StorageUse> UsesOf(StorageId id, string? part)
    {
        var holders = id.IsDevice ? BlockDevice.Find(id, host)?.Holders ?? [] : [];
        return holders
            .Select(holder => new StorageUse(id, $"part of the {holder.Description}", $"Use the {holder.Description} itself, or take it down."))
            .Concat(_uses.Where(use => use.Id == id))
            .Select(use => use with { By = part + use.By });
    }

    private void AddBelow(FileStatus storage, HashSet<StorageId> below)
    {
        if (!storage.Id.IsDevice)
        {
            AddDevice(storage.FileSystem, below);
        }
        else if (BlockDevice.Find(storage.Id, host) is { } device)
        {
            AddUnder(device, below);
        }
    }

    private void AddDevice(StorageId id, HashSet<StorageId> below)
    {
        if (below.Add(id) && BlockDevice.Find(id, host) is { } device)
        {
            AddUnder(device, below);
        }
    }

    private void AddUnder(BlockDevice device, HashSet<StorageId> below)
    {
        foreach (var slave in device.Slaves)
        {
            AddDevice(slave.Id, below);
        }

        if (device.Disk is { } disk)
        {
            AddDevice(disk.Id, below);
        }

        if (device.LoopedPath is { } path && Posix.StatusOf(path) is { } looped)
        {
            below.Add(looped.Id);
            AddBelow(looped, below);
        }
    }
}
