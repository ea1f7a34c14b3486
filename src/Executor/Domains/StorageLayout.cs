using Migrate.Executor.Destinations;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Domains;

/// <summary>A disk with its place. <paramref name="Controller"/> is null on virtio-blk, where a disk is a device of its own.</summary>
internal sealed record LaidDisk(VirtualDisk Disk, DiskAttachment Attachment, int Position, int? Controller, int Unit, string Why, Basis Basis);

/// <summary>Which controller each disk is on, and which IOThreads serve it.</summary>
internal sealed record StorageLayout
{
    // More queues than this bring interrupts, not throughput: the controllers of a large VM share one pool of MSI-X vectors.
    private const int MostQueues = 16;
    private const int MostIoThreads = 4;
    private const int MostControllersForHotDisks = 4;
    // Each is a PCI function of its own, behind a root port of its own.
    private const int MostBlkDisks = 16;
    private const double HotShare = 0.1;
    private const double HotIops = 50;

    public required IReadOnlyList<LaidDisk> Disks { get; init; }
    /// <summary>Keys of VMware's controllers; null for one that was added for a hot disk. The position is libvirt's index.</summary>
    public required IReadOnlyList<int?> Controllers { get; init; }
    public required bool IsBlk { get; init; }
    public required int Queues { get; init; }
    public required int Threads { get; init; }
    /// <summary>Queues are mapped to all IOThreads; else each controller or disk has one.</summary>
    public required bool Mapped { get; init; }

    public static bool CanMapScsiQueues(KvmHostFacts host) => host.Libvirt >= new Version(11, 2) && host.Qemu >= new Version(10, 0);

    public static bool CanMapBlkQueues(KvmHostFacts host) => host.Libvirt >= new Version(10, 0) && host.Qemu >= new Version(9, 0);

    public static StorageLayout For(DomainDraft draft)
    {
        var host = draft.Request.Host;
        var attachments = draft.Request.Disks.DistinctBy(a => a.DiskKey).ToDictionary(a => a.DiskKey);
        // VMware's order of device keys (scsi, ide, sata, nvme) is its order of booting.
        List<VirtualDisk> disks = [.. draft.Vm.Disks.Where(d => attachments.ContainsKey(d.Key)).OrderBy(d => d.Key)];
        var isBlk = draft.Policy.Profile == DomainProfile.LatencyExtreme && disks.Count <= MostBlkDisks;
        if (draft.Policy.Profile == DomainProfile.LatencyExtreme && !isBlk)
        {
            draft.Note("disks", "virtio-scsi", $"{disks.Count} disks are more than the {MostBlkDisks} that virtio-blk is used for: each takes a PCI function", Basis.Inventory("disks"));
        }
        var mapped = isBlk ? CanMapBlkQueues(host) : CanMapScsiQueues(host);
        List<int?> controllers = isBlk ? [] : [.. disks.Select(d => (int?)d.ControllerKey).Distinct()];
        var laid = isBlk
            ? [.. disks.Select((d, n) => new LaidDisk(d, attachments[d.Key], n, null, 0, "virtio-blk has neither controllers nor units", Basis.Policy("profile")))]
            : Place(draft, disks, attachments, controllers, spread: !mapped);
        var queues = Math.Clamp(draft.Vm.CpuCount, 1, MostQueues);
        return new StorageLayout
        {
            Disks = laid,
            Controllers = controllers,
            IsBlk = isBlk,
            Queues = queues,
            Mapped = mapped,
            Threads = ThreadsOf(draft, mapped, queues, Math.Max(1, isBlk ? laid.Count : controllers.Count)),
        };
    }

    private static int ThreadsOf(DomainDraft draft, bool mapped, int queues, int users)
    {
        var useful = mapped ? queues : users;
        if (draft.Policy.IoThreads is { } asked)
        {
            // One without a queue or controller would only idle.
            return Math.Min(asked, useful);
        }
        var cpus = mapped ? Math.Max(1, draft.Request.Host.Cpus) : MostIoThreads;
        return Math.Min(Math.Min(MostIoThreads, useful), cpus);
    }

    /// <summary>
    /// Controller and unit as on VMware. Where a controller has one IOThread, the busiest disks get controllers of their own: a disk that
    /// shares its VMware controller with a busier one moves to a new controller, or to the least busy one when there are four.
    /// </summary>
    private static List<LaidDisk> Place(
        DomainDraft draft, List<VirtualDisk> disks, Dictionary<int, DiskAttachment> attachments, List<int?> controllers, bool spread)
    {
        var places = disks.ToDictionary(
            d => d.Key,
            d => (Controller: controllers.IndexOf(d.ControllerKey), Unit: d.UnitNumber, Why: "controller and unit number as on VMware, gaps included; PCI addresses are left to libvirt", Basis: Basis.Inventory("unitNumber")));
        if (spread)
        {
            var load = controllers.Select(_ => 0.0).ToList();
            foreach (var disk in Hot(draft, disks))
            {
                var iops = draft.Request.MeanIops[disk.Key];
                var home = places[disk.Key].Controller;
                var to = load[home] == 0 ? home : controllers.Count < MostControllersForHotDisks ? Add(controllers, load) : load.IndexOf(load.Min());
                load[to] += iops;
                if (to != home && load[to] - iops < load[home])
                {
                    var taken = places.Values.Where(p => p.Controller == to).Select(p => p.Unit).ToHashSet();
                    places[disk.Key] = (to, taken.Contains(disk.UnitNumber) ? Enumerable.Range(0, 64).First(u => !taken.Contains(u)) : disk.UnitNumber,
                        FormattableString.Invariant($"{iops:0} IOPS on average: away from a busier disk of the same controller, since here a controller has one IOThread"), Basis.Baseline("meanIops"));
                }
            }
        }
        return [.. disks.Select((d, n) => new LaidDisk(d, attachments[d.Key], n, places[d.Key].Controller, places[d.Key].Unit, places[d.Key].Why, places[d.Key].Basis))];
    }

    private static IEnumerable<VirtualDisk> Hot(DomainDraft draft, List<VirtualDisk> disks)
    {
        var loads = draft.Request.MeanIops;
        var least = Math.Max(HotIops, HotShare * disks.Sum(d => loads.GetValueOrDefault(d.Key)));
        return disks.Where(d => loads.GetValueOrDefault(d.Key) >= least).OrderByDescending(d => loads[d.Key]).ThenBy(d => d.Key);
    }

    private static int Add(List<int?> controllers, List<double> load)
    {
        controllers.Add(null);
        load.Add(0);
        return controllers.Count - 1;
    }
}
