using System.Xml.Linq;
using Migrate.Executor.Destinations;
using Migrate.Planner.Inventory;

namespace Migrate.Executor.Domains;

/// <summary>virtio-scsi controllers with their queues and IOThreads, and the disks on them.</summary>
internal static class DomainStorage
{
    // More queues than this bring interrupts, not throughput: the controllers of a large VM share one pool of MSI-X vectors.
    private const int MostQueues = 16;
    private const int MostIoThreads = 4;

    /// <summary>How the IOThreads are spread: several per controller where libvirt and QEMU can map queues, else one each.</summary>
    internal sealed record ThreadPlan(int Count, bool Mapped);

    public static ThreadPlan PlanThreads(DomainDraft draft)
    {
        var controllers = Math.Max(1, ControllersOf(draft).Count);
        if (CanMapQueues(draft.Request.Host))
        {
            var most = draft.Request.Host.Cpus > 0 ? Math.Min(MostIoThreads, draft.Request.Host.Cpus) : 1;
            return new ThreadPlan(Math.Min(most, Queues(draft)), Mapped: true);
        }
        return new ThreadPlan(Math.Min(controllers, MostIoThreads), Mapped: false);
    }

    public static bool CanMapQueues(KvmHostFacts host) => host.Libvirt >= new Version(11, 2) && host.Qemu >= new Version(10, 0);

    public static XElement IoThreads(DomainDraft draft, ThreadPlan threads) => draft.Because(
        "iothreads",
        new XElement("iothreads", threads.Count),
        "disk I/O leaves QEMU's main loop and the vCPU threads; not pinned to a core, because no core is known to be free");

    public static IEnumerable<XElement> Controllers(DomainDraft draft, ThreadPlan threads)
    {
        foreach (var (vmware, index) in ControllersOf(draft).Select((c, i) => (c, i)))
        {
            var name = $"controller scsi {index}";
            draft.Reasons.Add(new SettingReason(name, "virtio-scsi", $"in place of {Describe(draft.Vm, vmware)}: TRIM, many disks, and sdX names stay"));
            var driver = new XElement("driver", draft.Because(name, "queues", Queues(draft), "one request queue per vCPU, so that no vCPU waits for another's"));
            if (threads.Mapped)
            {
                driver.Add(draft.Because(
                    name + "/iothreads",
                    new XElement("iothreads", Enumerable.Range(1, threads.Count).Select(id => new XElement("iothread", new XAttribute("id", id)))),
                    "this libvirt and QEMU spread a controller's queues over several IOThreads"));
            }
            else
            {
                driver.Add(draft.Because(
                    name, "iothread", (index % threads.Count) + 1, "on the controller: libvirt refuses an IOThread on a scsi disk, and before QEMU 10.0 a controller has one"));
            }
            yield return new XElement(
                "controller", new XAttribute("type", "scsi"), new XAttribute("index", index), new XAttribute("model", "virtio-scsi"), driver);
        }
    }

    public static IReadOnlyList<(DomainDisk Disk, XElement Element)> Disks(DomainDraft draft)
    {
        var attachments = AttachmentsOf(draft);
        var controllers = ControllersOf(draft);
        return [.. DisksOf(draft).Select((disk, position) =>
        {
            var shown = new DomainDisk(disk.Key, disk.Label, TargetName(position), $"ua-disk-{disk.Key}");
            return (shown, Disk(draft, disk, attachments[disk.Key], shown, controllers.ToList().IndexOf(disk.ControllerKey), position));
        })];
    }

    /// <summary>0 → sda, 25 → sdz, 26 → sdaa.</summary>
    internal static string TargetName(int position)
    {
        var letters = "";
        for (var n = position; n >= 0; n = (n / 26) - 1)
        {
            letters = (char)('a' + (n % 26)) + letters;
        }
        return "sd" + letters;
    }

    private static XElement Disk(DomainDraft draft, VirtualDisk disk, DiskAttachment attachment, DomainDisk shown, int controller, int position)
    {
        var name = $"disk {shown.Target}";
        var aio = AioChoice.For(draft.Request.Host, attachment);
        var flash = attachment.Rotational != true;
        var target = new XElement("target", new XAttribute("dev", shown.Target), new XAttribute("bus", "scsi"));
        if (flash)
        {
            target.Add(draft.Because(name, "rotation_rate", 1, "tells the guest that it is on flash, so it neither reorders nor delays for seeks"));
        }
        var element = new XElement(
            "disk",
            new XAttribute("type", attachment.IsBlockDevice ? "block" : "file"),
            new XAttribute("device", "disk"),
            new XElement(
                "driver",
                new XAttribute("name", "qemu"),
                new XAttribute("type", "raw"),
                draft.Because(name, "cache", "none", "O_DIRECT: a write that the guest knows as done is on the storage, and no second page cache"),
                draft.Because(name, "error_policy", "stop", "a lost path pauses the VM instead of failing its file systems"),
                draft.Because(name, "rerror_policy", "stop", "the same for reads"),
                draft.Because(name, "io", aio.Io, aio.Why),
                draft.Because(name, "discard", "unmap", "the guest's TRIM frees space on the namespace")),
            new XElement("source", new XAttribute(attachment.IsBlockDevice ? "dev" : "file", attachment.Path)),
            target);
        if (Serial(disk) is { } serial)
        {
            element.Add(draft.Because(name + "/serial", new XElement("serial", serial), "VMware's UUID of the disk, so that the guest can still tell its disks apart"));
        }
        element.Add(
            draft.Because(name + "/boot", new XElement("boot", new XAttribute("order", position + 1)), "firmware tries the disks in VMware's order"),
            new XElement("alias", new XAttribute("name", shown.Alias)),
            draft.Because(
                name + "/address",
                new XElement(
                    "address",
                    new XAttribute("type", "drive"),
                    new XAttribute("controller", controller),
                    new XAttribute("bus", 0),
                    new XAttribute("target", 0),
                    new XAttribute("unit", disk.UnitNumber)),
                "controller and unit number as on VMware, gaps included; PCI addresses are left to libvirt"));
        return element;
    }

    /// <summary>The VM's disks that move, in VMware's order of device keys (scsi, ide, sata, nvme), which is its order of booting.</summary>
    private static IEnumerable<VirtualDisk> DisksOf(DomainDraft draft)
    {
        var attachments = AttachmentsOf(draft);
        return draft.Vm.Disks.Where(d => attachments.ContainsKey(d.Key)).OrderBy(d => d.Key);
    }

    /// <summary>Keys of VMware's controllers that carry a disk that moves; the position is the libvirt controller's index.</summary>
    private static IReadOnlyList<int> ControllersOf(DomainDraft draft) => [.. DisksOf(draft).Select(d => d.ControllerKey).Distinct()];

    private static Dictionary<int, DiskAttachment> AttachmentsOf(DomainDraft draft) =>
        draft.Request.Disks.DistinctBy(a => a.DiskKey).ToDictionary(a => a.DiskKey);

    private static int Queues(DomainDraft draft) => Math.Clamp(draft.Vm.CpuCount, 1, MostQueues);

    private static string Describe(Vm vm, int controllerKey) =>
        vm.Controllers.FirstOrDefault(c => c.Key == controllerKey) is { } controller ? $"{controller.Type} {controller.BusNumber}" : $"VMware's controller {controllerKey}";

    private static string? Serial(VirtualDisk disk) =>
        string.IsNullOrEmpty(disk.Uuid) ? null : disk.Uuid.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
}
