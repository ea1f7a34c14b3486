using System.Xml.Linq;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Domains;

/// <summary>IOThreads, and the virtio-scsi controllers with their queues.</summary>
internal static class DomainStorage
{
    private static readonly Version PollSince = new(9, 4);
    // QEMU's default is 32768 ns; longer only on a core that nobody else wants.
    private const int PollOwnCoreNs = 131_072;

    public static IEnumerable<XElement> IoThreads(DomainDraft draft, StorageLayout layout, CpuPlacement placement)
    {
        yield return draft.Because(
            "iothreads",
            new XElement("iothreads", layout.Threads),
            draft.Policy.IoThreads is { } asked
                ? $"the policy asks for {asked}; as many as have a queue or controller to serve"
                : "disk I/O leaves QEMU's main loop and the vCPU threads",
            draft.Policy.IoThreads is null ? Basis.Host("qemu, libvirt, cpus") : Basis.Policy("ioThreads"));
        int? poll = draft.Policy.Profile == DomainProfile.Dense ? 0 : draft.Policy.Profile == DomainProfile.LatencyExtreme && placement.IsPinned ? PollOwnCoreNs : null;
        if (poll is null)
        {
            yield break;
        }
        if (draft.Request.Host.Libvirt < PollSince)
        {
            draft.Note("iothreadids/poll", "absent", $"libvirt {draft.Request.Host.Libvirt} cannot say how long IOThreads poll; since 9.4 it can", Basis.Host("libvirt"));
            yield break;
        }
        yield return draft.Because(
            "iothreadids",
            new XElement("iothreadids", Enumerable.Range(1, layout.Threads).Select(id => new XElement("iothread", new XAttribute("id", id), new XElement("poll", new XAttribute("max", poll))))),
            poll == 0 ? "many VMs share the host's cores: an IOThread sleeps when it has nothing to do" : "the IOThreads have cores of their own, so that waiting for I/O may cost time of theirs",
            Basis.Policy("profile"));
    }

    public static IEnumerable<XElement> Controllers(DomainDraft draft, StorageLayout layout)
    {
        foreach (var (vmware, index) in layout.Controllers.Select((c, i) => (c, i)))
        {
            var name = $"controller scsi {index}";
            var driver = new XElement("driver", draft.Because(name, "queues", layout.Queues, QueuesWhy, Basis.Inventory("cpuCount")));
            driver.Add(Threads(draft, layout, name, index, "libvirt refuses an IOThread on a scsi disk, and before QEMU 10.0 a controller has one"));
            yield return draft.Because(
                name,
                new XElement("controller", new XAttribute("type", "scsi"), new XAttribute("index", index), new XAttribute("model", "virtio-scsi"), driver),
                vmware is { } key
                    ? $"virtio-scsi in place of {Describe(draft.Vm, key)}: TRIM, many disks, and sdX names stay"
                    : "virtio-scsi, added for a busy disk: it gets an IOThread that no other busy disk has",
                vmware is null ? Basis.Baseline("meanIops") : Basis.Inventory("controllers"));
        }
    }

    internal const string QueuesWhy = "one request queue per vCPU, so that no vCPU waits for another's";

    /// <summary>One IOThread, or all of them with the queues spread over them.</summary>
    internal static XObject Threads(DomainDraft draft, StorageLayout layout, string name, int index, string whyOne) => layout.Mapped
        ? draft.Because(
            name + "/iothreads",
            new XElement("iothreads", Enumerable.Range(1, layout.Threads).Select(id => new XElement("iothread", new XAttribute("id", id)))),
            "this libvirt and QEMU spread its queues over several IOThreads",
            Basis.Host("qemu, libvirt"))
        : draft.Because(name, "iothread", (index % layout.Threads) + 1, whyOne, Basis.Host("qemu, libvirt"));

    private static string Describe(Vm vm, int controllerKey) =>
        vm.Controllers.FirstOrDefault(c => c.Key == controllerKey) is { } controller ? $"{controller.Type} {controller.BusNumber}" : $"VMware's controller {controllerKey}";
}
