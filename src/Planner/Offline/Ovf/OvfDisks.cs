using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Migrate.Planner.Inventory;
using Migrate.Planner.Offline.Vmdk;
using static Migrate.Planner.Offline.Ovf.OvfEnvelope;

namespace Migrate.Planner.Offline.Ovf;

/// <summary>The disks of one system of an OVF: what the descriptor says, and what the files say that it names.</summary>
internal sealed partial class OvfDisks(OvfPackage package, OvfEnvelope envelope, XElement system, Problems problems)
{
    public IReadOnlyList<VirtualDisk> Of(IReadOnlyList<OvfItem> items, IReadOnlyDictionary<string, DiskController> controllers)
    {
        var disks = new List<VirtualDisk>();
        foreach (var item in items.Where(i => i.Type == OvfItem.Disk))
        {
            var controller = controllers.GetValueOrDefault(item["Parent"] ?? "");
            var unit = item.Int("AddressOnParent", disks.Count);
            if (controller is null)
            {
                problems.Add(package.Name, $"{item.Label} hangs on the controller {item["Parent"] ?? "of no name"}, which is not there");
            }

            var disk = new VirtualDisk
            {
                Key = 2000 + disks.Count,
                Label = item.Label,
                CapacityBytes = 0,
                ControllerKey = controller?.Key ?? 0,
                UnitNumber = unit,
                Instance = controller is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{Bus(controller)}{controller.BusNumber}:{unit}"),
            };
            disks.Add(Complete(disk, item));
        }

        return disks;
    }

    private static string Bus(DiskController controller) => controller.Key switch { < 1000 => "ide", < 15000 => "scsi", < 31000 => "sata", _ => "nvme" };

    private VirtualDisk Complete(VirtualDisk disk, OvfItem item)
    {
        var place = HostResource().Match(item["HostResource"] ?? "");
        if (place is { Success: true } && place.Groups["kind"].Value == "file")
        {
            return WithFile(disk, place.Groups["id"].Value);
        }

        if (!place.Success || !envelope.Disks.TryGetValue(place.Groups["id"].Value, out var xml))
        {
            problems.Add(package.Name, $"{disk.Label} is on '{item["HostResource"] ?? ""}', which the descriptor does not describe");
            return disk;
        }

        var capacity = Property(Get(xml, "capacity"));
        if (OvfUnits.Bytes(capacity, Get(xml, "capacityAllocationUnits"), otherwise: 1) is { } bytes)
        {
            disk = disk with { CapacityBytes = bytes };
        }
        else
        {
            problems.Add(package.Name, $"{disk.Label} has the capacity '{capacity}' in '{Get(xml, "capacityAllocationUnits")}', which cannot be");
        }

        if (Get(xml, "parentRef") is { } parent)
        {
            // Its file has only what differs from the other disk, and says so nowhere.
            problems.Add(package.Name, $"{disk.Label} builds on the disk {parent}; such disks cannot be put together here");
            return disk with { ParentCount = 1, ParentFiles = [parent] };
        }

        if (Get(xml, "fileRef") is { } file)
        {
            return WithFile(disk, file);
        }

        problems.Add(package.Name, $"{disk.Label} has no file: it starts empty");
        return disk;
    }

    private VirtualDisk WithFile(VirtualDisk disk, string id)
    {
        if (!envelope.Files.TryGetValue(id, out var reference))
        {
            problems.Add(package.Name, $"{disk.Label} is in the file '{id}', which the descriptor does not name");
            return disk;
        }

        disk = disk with { FileName = reference.Href };
        if (Unreadable(reference) is { } obstacle)
        {
            problems.Add(package.Name, $"{disk.Label} is in {reference.Href}, {obstacle}");
            return disk;
        }

        if (package.Find(reference.Href, out var why) is not { } file)
        {
            problems.Add(package.Name, $"{disk.Label}: its file {reference.Href} was not found: {why}");
            return disk;
        }

        if (long.TryParse(reference.Size, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size != file.Length)
        {
            problems.Add(package.Name, $"{reference.Href} has {file.Length} bytes; the descriptor says {size}");
        }

        return WithContent(disk, file);
    }

    private static string? Unreadable(OvfReference reference) => reference switch
    {
        { Compression: not (null or "identity") } => $"which is compressed ({reference.Compression}); unpack it and take the attribute ovf:compression out of the descriptor",
        { ChunkSize: not null } => "which is in chunks; put them together and take the attribute ovf:chunkSize out of the descriptor",
        { Href: var href } when href.Contains("://", StringComparison.Ordinal) => "which is elsewhere; nothing is fetched",
        _ => null,
    };

    private VirtualDisk WithContent(VirtualDisk disk, OvfFile file)
    {
        if (RawImage.Of(file.Name, file.Offset, file.Length) is { } raw)
        {
            return raw.Fill(disk, file.Path);
        }

        VmdkDescriptor? vmdk;
        string? cause;
        try
        {
            using var stream = file.Open();
            vmdk = VmdkDescriptor.Read(stream, out cause);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            (vmdk, cause) = (null, $"cannot be read: {e.Message}");
        }

        if (vmdk is null)
        {
            problems.Add(package.Name, $"{file.Name}: {cause}");
            return disk;
        }

        if (disk.CapacityBytes != 0 && disk.CapacityBytes != vmdk.CapacityBytes)
        {
            problems.Add(package.Name, $"{disk.Label} has {disk.CapacityBytes} bytes in the descriptor and {vmdk.CapacityBytes} in {file.Name}; that of the file counts");
        }

        return disk with
        {
            CapacityBytes = vmdk.CapacityBytes,
            Backing = vmdk.Backing,
            BackingType = vmdk.CreateType,
            Uuid = vmdk.Uuid,
            ThinProvisioned = vmdk.Backing is DiskBacking.Sparse or DiskBacking.SeSparse,
            LocalFile = new LocalDiskFile(file.Path, file.Offset, file.Length),
            LocalFiles = [.. vmdk.ExtentFiles.Select(e => package.Find(e, out _)?.Path).OfType<string>().Prepend(file.Path).Distinct().Select(LocalFileState.Of)],
        };
    }

    /// <summary>"${size}" stands for the default of the property of that key.</summary>
    private string? Property(string? value)
    {
        if (value is null || !value.StartsWith("${", StringComparison.Ordinal) || !value.EndsWith('}'))
        {
            return value;
        }

        var key = value[2..^1];
        return Get(system.AncestorsAndSelf().Last().Descendants().FirstOrDefault(e => e.Name.LocalName == "Property" && Get(e, "key") == key), "value") ?? value;
    }

    [GeneratedRegex("""^(ovf:)?/{0,2}(?<kind>disk|file)/(?<id>.+)$""", RegexOptions.CultureInvariant)]
    private static partial Regex HostResource();
}
