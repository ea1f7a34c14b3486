using System.Globalization;
using System.Xml.Linq;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Domains;

/// <summary>The disks, on virtio-scsi or virtio-blk.</summary>
internal static class DomainDisks
{
    private const int SerialOfBlk = 20; // virtio-blk has room for no more.
    private const int VsanIoBytes = 32 * 1024;
    private static readonly Version RotationRateSince = new(7, 3);

    public static IReadOnlyList<(DomainDisk Disk, XElement Element)> Of(DomainDraft draft, StorageLayout layout)
    {
        var order = BootOrder.Of(draft, layout);
        return [.. layout.Disks.Select(laid =>
        {
            var shown = new DomainDisk(laid.Disk.Key, laid.Disk.Label, TargetName(laid.Position, layout.IsBlk ? "vd" : "sd"), AliasOf(laid.Disk.Key));
            return (shown, Disk(draft, layout, laid, shown, order));
        })];
    }

    /// <summary>QEMU's id of a disk's device.</summary>
    internal static string AliasOf(int diskKey) => string.Create(CultureInfo.InvariantCulture, $"ua-disk-{diskKey}");

    /// <summary>0 → sda, 25 → sdz, 26 → sdaa.</summary>
    internal static string TargetName(int position, string prefix = "sd")
    {
        var letters = "";
        for (var n = position; n >= 0; n = (n / 26) - 1)
        {
            letters = (char)('a' + (n % 26)) + letters;
        }
        return prefix + letters;
    }

    private static XElement Disk(DomainDraft draft, StorageLayout layout, LaidDisk laid, DomainDisk shown, BootOrder order)
    {
        var (disk, attachment, name) = (laid.Disk, laid.Attachment, $"disk {shown.Target}");
        var element = new XElement(
            "disk",
            draft.Because(name, "type", attachment.IsBlockDevice ? "block" : "file", attachment.IsBlockDevice ? "the kernel's initiator attaches the namespace" : "the host opens the namespace's backing itself", Basis.Host("attachment")),
            draft.Because(name, "device", "disk", "a whole disk, as the VM had it", Basis.Inventory("disks")),
            Driver(draft, layout, laid, name),
            draft.Because(name + "/source", new XElement("source", new XAttribute(attachment.IsBlockDevice ? "dev" : "file", attachment.Path)),
                attachment.IsBlockDevice ? "a name that follows from the namespace's UUID, whatever number the kernel gives the device" : "where the target keeps the namespace", Basis.Host("attachment")),
            BlockSizes(draft, disk, attachment, name),
            Target(draft, layout, attachment, shown, name));
        element.Add(Identity(draft, layout, disk, name));
        if (draft.Policy.KeepIopsLimits)
        {
            element.Add(Limit(draft, disk, name));
        }
        else if (Limits(disk).Any())
        {
            draft.Note(name + "/iotune", "absent", "the policy lets IOPS limits go", Basis.Policy("keepIopsLimits"));
        }
        element.Add(
            draft.Because(name + "/boot", new XElement("boot", new XAttribute("order", order.OfDisk(disk.Key))), order.Why, order.Basis),
            draft.Because(name + "/alias", new XElement("alias", new XAttribute("name", shown.Alias)), "a name by which its latency is found, whatever the order of devices"));
        if (laid.Controller is { } controller)
        {
            element.Add(draft.Because(
                name + "/address",
                new XElement(
                    "address", new XAttribute("type", "drive"), new XAttribute("controller", controller), new XAttribute("bus", 0), new XAttribute("target", 0), new XAttribute("unit", laid.Unit)),
                laid.Why,
                laid.Basis));
        }
        return element;
    }

    private static XElement Driver(DomainDraft draft, StorageLayout layout, LaidDisk laid, string name)
    {
        var aio = AioChoice.For(draft.Request.Host, laid.Attachment);
        var (zeroes, whyZeroes, basis) = Zeroes(draft, laid.Disk);
        var driver = new XElement(
            "driver",
            draft.Because(name, "name", "qemu", "QEMU's own block layer"),
            draft.Because(name, "type", "raw", "the namespace holds the disk's bytes and nothing else"),
            draft.Because(name, "cache", "none", "O_DIRECT: a write that the guest knows as done is on the storage, and no second page cache"),
            draft.Because(name, "error_policy", "stop", "a lost path pauses the VM instead of failing its file systems"),
            draft.Because(name, "rerror_policy", "stop", "the same for reads"),
            draft.Because(name, "io", aio.Io, aio.Why, aio.Basis),
            draft.Because(name, "discard", "unmap", "the guest's TRIM frees space on the namespace"),
            draft.Because(name, "detect_zeroes", zeroes, whyZeroes, basis));
        if (layout.IsBlk)
        {
            driver.Add(
                draft.Because(name, "queues", layout.Queues, DomainStorage.QueuesWhy, Basis.Inventory("cpuCount")),
                DomainStorage.Threads(draft, layout, name, laid.Position, "before libvirt 10.0 and QEMU 9.0 a disk has one IOThread"));
        }
        return driver;
    }

    private static (string Value, string Why, Basis Basis) Zeroes(DomainDraft draft, VirtualDisk disk) => draft.Policy.ZeroWrites switch
    {
        ZeroWrites.Unmap => ("unmap", "the policy has zeroes free space", Basis.Policy("zeroWrites")),
        ZeroWrites.Off => ("off", "the policy has zeroes written as they are", Basis.Policy("zeroWrites")),
        _ when draft.WantsLatency => ("off", "looking for zeroes in every write costs time of the IOThread", draft.LatencyBasis),
        _ when disk.ThinProvisioned => ("unmap", "the disk was thin: zeroes that the guest writes free space", Basis.Inventory("thinProvisioned")),
        _ => ("off", "the disk was thick: what the guest writes is there to be overwritten", Basis.Inventory("thinProvisioned")),
    };

    private static XElement BlockSizes(DomainDraft draft, VirtualDisk disk, DiskAttachment attachment, string name)
    {
        var logical = disk.SectorBytes ?? 512;
        var old = KnowsNo4K(draft.Vm.GuestId);
        var physical = old || attachment.Rotational == true ? logical : 4096;
        return new XElement(
            "blockio",
            draft.Because(name, "logical_block_size", logical, "the sectors that the partition table counts in", Basis.Inventory("sectorBytes")),
            draft.Because(
                name, "physical_block_size", physical,
                old ? "this Windows does not know disks of 4 KiB blocks"
                    : physical == 4096 ? "smaller writes would be read, changed and written back below: the guest should avoid them" : "as the media below",
                old ? Basis.Inventory("guestId") : Basis.Host("rotational")));
    }

    /// <summary>Windows before 8 and Server 2012.</summary>
    private static bool KnowsNo4K(string guestId) =>
        guestId.StartsWith("winXP", StringComparison.Ordinal) || guestId.StartsWith("winNet", StringComparison.Ordinal) || guestId.StartsWith("win2000", StringComparison.Ordinal)
        || guestId.StartsWith("winVista", StringComparison.Ordinal) || guestId.StartsWith("winLonghorn", StringComparison.Ordinal) || guestId.StartsWith("windows7", StringComparison.Ordinal);

    private static XElement Target(DomainDraft draft, StorageLayout layout, DiskAttachment attachment, DomainDisk shown, string name)
    {
        var target = new XElement(
            "target",
            draft.Because(name, "dev", shown.Target, "disks in VMware's order", Basis.Inventory("disks")),
            layout.IsBlk
                ? draft.Because(name, "bus", "virtio", "virtio-blk: the shortest way of an I/O", Basis.Policy("profile"))
                : draft.Because(name, "bus", "scsi", "on a virtio-scsi controller"));
        if (!layout.IsBlk && attachment.Rotational != true && draft.Request.Host.Libvirt >= RotationRateSince)
        {
            target.Add(draft.Because(name, "rotation_rate", 1, "tells the guest that it is on flash, so it neither reorders nor delays for seeks", Basis.Host("rotational")));
        }
        return target;
    }

    private static IEnumerable<XElement> Identity(DomainDraft draft, StorageLayout layout, VirtualDisk disk, string name)
    {
        if (Serial(disk) is not { } serial)
        {
            yield break;
        }
        yield return layout.IsBlk
            ? draft.Because(name + "/serial", new XElement("serial", serial[..Math.Min(serial.Length, SerialOfBlk)]), $"the first {SerialOfBlk} characters of VMware's UUID of the disk: virtio-blk has room for no more", Basis.Inventory("uuid"))
            : draft.Because(name + "/serial", new XElement("serial", serial), "VMware's UUID of the disk, so that the guest can still tell its disks apart", Basis.Inventory("uuid"));
        if (layout.IsBlk)
        {
            yield break;
        }
        if (WorldWideName(serial) is { } wwn)
        {
            yield return draft.Because(name + "/wwn", new XElement("wwn", wwn), "VMware's name has 128 bits and libvirt's 64: the same vendor with the UUID's end, so that it stays when the domain is made anew", Basis.Inventory("uuid"));
        }
        yield return draft.Because(name + "/vendor", new XElement("vendor", "VMware"), "what the disk called itself: rules of udev and multipath go by it", Basis.Inventory("uuid"));
        yield return draft.Because(name + "/product", new XElement("product", "Virtual disk"), "the same", Basis.Inventory("uuid"));
    }

    private static XElement? Limit(DomainDraft draft, VirtualDisk disk, string name)
    {
        var (iops, ofPolicy) = Limits(disk).DefaultIfEmpty().MinBy(l => l.Iops);
        if (iops == 0)
        {
            return null;
        }
        var tune = draft.Because(
            name + "/iotune",
            new XElement("iotune", new XElement("total_iops_sec", iops)),
            ofPolicy ? $"the storage policy '{disk.Policy!.Name}' limited the disk" : "vSphere limited the disk",
            Basis.Inventory(ofPolicy ? "policy.iopsLimit" : "iopsLimit"));
        if (ofPolicy)
        {
            tune.Add(new XElement("size_iops_sec", VsanIoBytes)); // vSAN counts an I/O of 64 KiB as two.
        }
        return tune;
    }

    private static IEnumerable<(long Iops, bool OfPolicy)> Limits(VirtualDisk disk) =>
        new[] { (Iops: disk.IopsLimit ?? 0, OfPolicy: false), (Iops: (long?)disk.Policy?.IopsLimit ?? 0, OfPolicy: true) }.Where(l => l.Iops > 0);

    private static string? Serial(VirtualDisk disk) =>
        string.IsNullOrEmpty(disk.Uuid) ? null : disk.Uuid.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();

    /// <summary>NAA 5: a digit 5, the vendor's 24 bits as in VMware's NAA 6 name, and 36 bits of the disk.</summary>
    private static string? WorldWideName(string serial) =>
        serial.Length == 32 && serial[0] == '6' && UInt128.TryParse(serial, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _) ? $"5{serial[1..7]}{serial[^9..]}" : null;
}
