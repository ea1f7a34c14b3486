using Migrate.Planner.Inventory;

namespace Migrate.Planner.Offline.Vmdk;

/// <summary>Fills in what the VMDK of a disk says, when it lies where the VM's description says and below the source's folder.</summary>
internal sealed class LocalDisks(SourceFolder folder, Problems problems)
{
    /// <summary>ESXi allows 255; more is a loop that the names do not show.</summary>
    private const int MaxChain = 256;

    private readonly List<UnreadDevice> _broken = [];

    /// <summary>Disks whose files do not hold what they say; what is there of them is no disk to move.</summary>
    public IReadOnlyList<UnreadDevice> Broken => _broken;

    /// <param name="disk">What the description of the VM says.</param>
    /// <param name="descriptionPath">Path of that description, relative to which its disks are named.</param>
    /// <param name="fileName">The disk's file as that description names it.</param>
    public VirtualDisk Complete(VirtualDisk disk, string descriptionPath, string fileName)
    {
        if (Find(descriptionPath, fileName, out var why) is not { } path)
        {
            problems.Add($"{folder.NameOf(descriptionPath)}: {disk.Label}", $"its file {fileName} was not found: {why}");
            return disk;
        }

        if (RawImage.Of(path) is { } raw)
        {
            return raw.Fill(disk, path);
        }

        if (Read(path) is not { } vmdk)
        {
            return disk;
        }

        var faults = new List<string>();
        List<string> files = [path, .. Extents(path, vmdk, faults)];
        var parents = Parents(path, vmdk, files, faults);
        _broken.AddRange(faults.Select(fault => new UnreadDevice("VirtualDisk", disk.Label, fault)));
        return disk with
        {
            CapacityBytes = vmdk.CapacityBytes,
            Backing = vmdk.Backing,
            BackingType = vmdk.CreateType,
            Uuid = vmdk.Uuid,
            ThinProvisioned = vmdk.ThinProvisioned || vmdk.Backing is DiskBacking.Sparse or DiskBacking.SeSparse,
            RdmCompatibility = vmdk.RdmCompatibility,
            ParentCount = parents.Count,
            ParentFiles = parents,
            LocalFile = new LocalDiskFile(path, 0, null),
            LocalFiles = [.. files.Distinct().Select(LocalFileState.Of)],
        };
    }

    /// <summary>A path of an ESXi host ("/vmfs/volumes/ds1/web01/web01.vmdk") stands for the file of that name beside the description.</summary>
    private string? Find(string besides, string name, out string? why)
    {
        if (folder.Find(besides, name, out why) is { } path)
        {
            return path;
        }

        return name.Contains('/') || name.Contains('\\') ? folder.Find(besides, name[(name.LastIndexOfAny(['/', '\\']) + 1)..], out _) : null;
    }

    private VmdkDescriptor? Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length == 0)
            {
                problems.Add(folder.NameOf(path), "the file is empty");
                return null;
            }

            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var vmdk = VmdkDescriptor.Read(stream, out var cause);
            if (cause is not null)
            {
                problems.Add(folder.NameOf(path), cause);
            }

            return vmdk;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add(folder.NameOf(path), $"cannot be read: {e.Message}");
            return null;
        }
    }

    /// <summary>The files that the descriptor names and that are there; a problem for each of the others.</summary>
    private List<string> Extents(string path, VmdkDescriptor vmdk, List<string> faults)
    {
        var found = new List<string>();
        if (vmdk.Backing is not (DiskBacking.Flat or DiskBacking.Sparse or DiskBacking.SeSparse))
        {
            return found;
        }

        foreach (var extent in vmdk.Extents)
        {
            if (folder.Find(path, extent.File, out var why) is { } file)
            {
                found.Add(file);
                Measure(path, file, extent, vmdk.Backing, faults);
            }
            // A sparse file with a descriptor of its own is its only extent, whatever it was called when it was made.
            else if (!vmdk.IsEmbedded)
            {
                problems.Add(folder.NameOf(path), $"its data in {extent.File} was not found: {why}");
            }
            else
            {
                Measure(path, path, extent, vmdk.Backing, faults);
            }
        }

        return found;
    }

    private void Measure(string path, string file, VmdkExtent extent, DiskBacking backing, List<string> faults)
    {
        try
        {
            if (VmdkLength.Fault(file, extent, backing) is { } fault)
            {
                problems.Add(folder.NameOf(path), fault);
                faults.Add($"{folder.NameOf(path)}: {fault}");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add(folder.NameOf(file), $"cannot be read: {e.Message}");
        }
    }

    private List<string> Parents(string path, VmdkDescriptor vmdk, List<string> files, List<string> faults)
    {
        var parents = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal) { path };
        while (vmdk.ParentFile is { } hint)
        {
            if (Find(path, hint, out var why) is not { } parent)
            {
                problems.Add(folder.NameOf(path), $"its parent {hint} was not found: {why}");
                parents.Add(hint);
                break;
            }

            if (!seen.Add(parent) || seen.Count > MaxChain)
            {
                problems.Add(folder.NameOf(path), $"its chain of parents comes back to {hint}");
                break;
            }

            parents.Add(folder.NameOf(parent));
            if (Read(parent) is not { } next)
            {
                break;
            }

            files.AddRange([parent, .. Extents(parent, next, faults)]);
            (path, vmdk) = (parent, next);
        }

        return parents;
    }
}
