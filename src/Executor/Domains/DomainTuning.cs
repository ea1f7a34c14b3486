using System.Xml.Linq;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Domains;

/// <summary>Where the guest's CPUs and memory come from: pinning, NUMA, huge pages, locked memory.</summary>
internal static class DomainTuning
{
    private const long Gibibyte = 1L << 30;

    public static XElement? CpuTune(DomainDraft draft, CpuPlacement placement)
    {
        if (!placement.IsPinned)
        {
            return null;
        }
        return draft.Because(
            "cputune",
            new XElement(
                "cputune",
                placement.Cells.SelectMany(cell => cell.Vcpus.Zip(cell.HostCpus, (vcpu, cpu) =>
                    new XElement("vcpupin", new XAttribute("vcpu", vcpu), new XAttribute("cpuset", cpu)))),
                draft.Because("cputune/emulatorpin", new XElement("emulatorpin", new XAttribute("cpuset", placement.Emulator)), "QEMU's own threads take no time from vCPUs", placement.Basis),
                placement.IoThreads.Select((cpu, n) => draft.Because(
                    $"cputune/iothreadpin {n + 1}",
                    new XElement("iothreadpin", new XAttribute("iothread", n + 1), new XAttribute("cpuset", cpu)),
                    "beside the vCPUs that wait for it, in the same NUMA node",
                    placement.Basis))),
            placement.Why,
            placement.Basis);
    }

    public static XElement? NumaTune(DomainDraft draft, CpuPlacement placement) => placement.Cells.Count switch
    {
        0 => null,
        1 => draft.Because(
            "numatune",
            new XElement("numatune", new XElement("memory", new XAttribute("mode", "strict"), new XAttribute("nodeset", placement.Cells[0].HostCell))),
            "memory of the node whose CPUs use it",
            Basis.Host("cells")),
        _ => draft.Because(
            "numatune",
            new XElement(
                "numatune",
                placement.Cells.Select((cell, n) => new XElement("memnode", new XAttribute("cellid", n), new XAttribute("mode", "strict"), new XAttribute("nodeset", cell.HostCell)))),
            "each of the guest's nodes has memory of the host's node that runs it",
            Basis.Host("cells")),
    };

    /// <summary>The guest's own NUMA nodes, where it is spread over several of the host's.</summary>
    public static XElement? GuestNuma(DomainDraft draft, CpuPlacement placement)
    {
        if (placement.Cells.Count < 2)
        {
            return null;
        }
        var each = draft.Vm.MemoryBytes / 1024 / placement.Cells.Count;
        return draft.Because(
            "cpu/numa",
            new XElement("numa", placement.Cells.Select((cell, n) => new XElement(
                "cell",
                new XAttribute("id", n),
                new XAttribute("cpus", $"{cell.Vcpus[0]}-{cell.Vcpus[^1]}"),
                new XAttribute("memory", each),
                new XAttribute("unit", "KiB")))),
            "the guest keeps a process and its memory together only if it knows which CPUs are near",
            Basis.Host("cells"));
    }

    public static XElement? MemoryBacking(DomainDraft draft, CpuPlacement placement)
    {
        var backing = new XElement("memoryBacking", HugePages(draft, placement), Locked(draft));
        return backing.HasElements ? backing : null;
    }

    private static XElement? HugePages(DomainDraft draft, CpuPlacement placement)
    {
        var (wanted, basis) = draft.Policy.HugePages switch
        {
            Choice.Always => (true, Basis.Policy("hugePages")),
            Choice.Never => (false, Basis.Policy("hugePages")),
            _ => (draft.WantsLatency, draft.LatencyBasis),
        };
        if (!wanted)
        {
            return null;
        }
        if (PageSize(draft, placement) is { } size)
        {
            var inGib = size % Gibibyte == 0;
            return draft.Because(
                "memoryBacking/hugepages",
                new XElement("hugepages", new XElement("page", new XAttribute("size", inGib ? size / Gibibyte : size / 1024), new XAttribute("unit", inGib ? "GiB" : "KiB"))),
                "fewer misses of the TLB, and memory that is the guest's from its start on",
                basis);
        }
        const string missing = "the host has not set enough huge pages aside where the domain needs them";
        if (draft.Policy.HugePages == Choice.Always)
        {
            draft.Problems.Add($"huge pages were asked for, and {missing}");
        }
        draft.Note("memoryBacking/hugepages", "absent", missing, Basis.Host("cells.hugePages"));
        return null;
    }

    /// <summary>The largest size of which each node that gives memory has enough.</summary>
    private static long? PageSize(DomainDraft draft, CpuPlacement placement)
    {
        var cells = draft.Request.Host.Cells;
        List<int> givers = [.. placement.IsPinned ? placement.Cells.Select(c => c.HostCell) : cells.Select(c => c.Id)];
        if (givers.Count == 0)
        {
            return null;
        }
        // Unpinned, the kernel takes pages from any node: there the sum counts.
        return cells.SelectMany(c => c.HugePages).Select(p => p.PageBytes).Distinct().OrderDescending()
            .Where(size => draft.Vm.MemoryBytes % (size * (placement.IsPinned ? givers.Count : 1)) == 0)
            .Cast<long?>()
            .FirstOrDefault(size => placement.IsPinned
                ? givers.All(g => Free(g, size!.Value) >= draft.Vm.MemoryBytes / givers.Count)
                : givers.Sum(g => Free(g, size!.Value)) >= draft.Vm.MemoryBytes);

        long Free(int cell, long size) => cells.Where(c => c.Id == cell).SelectMany(c => c.HugePages).Where(p => p.PageBytes == size).Sum(p => (p.Free ?? p.Total) * p.PageBytes);
    }

    private static XElement? Locked(DomainDraft draft)
    {
        var (locked, why, basis) = draft.Policy.LockedMemory switch
        {
            Choice.Always => (true, "the policy has memory never swapped", Basis.Policy("lockedMemory")),
            Choice.Never => (false, "", Basis.Policy("lockedMemory")),
            _ => (draft.Vm.Resources.MemoryReservationLocked, "all of the VM's memory was reserved: the host never swaps it", Basis.Inventory("resources.memoryReservationLocked")),
        };
        return locked ? draft.Because("memoryBacking/locked", new XElement("locked"), why, basis) : null;
    }
}
