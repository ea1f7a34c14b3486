using Migrate.Executor.Destinations.Facts;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Domains;

/// <summary>CPUs that another domain of ours has for itself.</summary>
public sealed record CpuClaim(string Domain, IReadOnlyList<int> Cpus);

/// <summary>Some of a guest's vCPUs and memory on one of the host's NUMA nodes.</summary>
/// <param name="HostCell">The host's node.</param>
/// <param name="Vcpus">vCPUs from the first one on; the host's CPU of each is at the same place in <paramref name="HostCpus"/>.</param>
internal sealed record PlacedCell(int HostCell, IReadOnlyList<int> Vcpus, IReadOnlyList<int> HostCpus);

/// <summary>
/// Where vCPUs, emulator and IOThreads run. Pinned, each vCPU and IOThread has a CPU of its own, in as few NUMA nodes as it takes; the
/// host keeps the first core of each node for itself, and what other domains of ours have is left to them.
/// </summary>
internal sealed record CpuPlacement
{
    private const int MostCells = 4;

    /// <summary>Empty: nothing is pinned.</summary>
    public IReadOnlyList<PlacedCell> Cells { get; init; } = [];
    /// <summary>By IOThread, from the first.</summary>
    public IReadOnlyList<int> IoThreads { get; init; } = [];
    public int Emulator { get; init; }
    /// <summary>Why it is so, or is not.</summary>
    public required string Why { get; init; }
    public required Basis Basis { get; init; }

    public bool IsPinned => Cells.Count > 0;

    public static CpuPlacement For(DomainDraft draft, int threads)
    {
        var (wanted, basis) = draft.Policy switch
        {
            { Pinning: Choice.Never } => (false, Basis.Policy("pinning")),
            { Pinning: Choice.Always } => (true, Basis.Policy("pinning")),
            { Profile: DomainProfile.Dense } => (false, Basis.Policy("profile")),
            _ => (draft.WantsLatency, draft.LatencyBasis),
        };
        if (!wanted)
        {
            return new CpuPlacement { Why = "not pinned: the host's scheduler places it", Basis = basis };
        }
        if (Fit(draft, threads) is { } placement)
        {
            return placement with { Basis = basis };
        }
        var why = draft.Request.Host.Cells.Count == 0
            ? "the host's topology is not known"
            : $"{draft.Vm.CpuCount} vCPUs, {threads} IOThreads and the emulator do not fit into what the host has free ({FreeText(draft)})";
        if (draft.Policy.Pinning == Choice.Always)
        {
            draft.Problems.Add($"pinning was asked for, and {why}");
        }
        return new CpuPlacement { Why = $"not pinned: {why}", Basis = Basis.Host("cells") };
    }

    /// <summary>The fewest nodes into which it fits in equal parts; of those the ones with the most free memory.</summary>
    private static CpuPlacement? Fit(DomainDraft draft, int threads)
    {
        var (vcpus, memory) = (draft.Vm.CpuCount, draft.Vm.MemoryBytes);
        var free = draft.Request.Host.Cells.ToDictionary(c => c.Id, c => FreeCpus(c, draft.Request.Claims));
        for (var parts = 1; parts <= Math.Min(MostCells, free.Count); parts++)
        {
            if (vcpus % parts != 0 || memory / 1024 % parts != 0)
            {
                continue;
            }
            var each = vcpus / parts;
            // IOThreads and emulator are beside the first part, and the storage NIC should be, too.
            List<NumaCell> cells = [.. draft.Request.Host.Cells.Where(c => free[c.Id].Count >= each && (c.FreeBytes ?? c.MemoryBytes) >= memory / parts)
                .OrderByDescending(c => free[c.Id].Count >= each + threads + 1)
                .ThenByDescending(c => c.Id == draft.Request.StorageCell)
                .ThenByDescending(c => c.FreeBytes ?? c.MemoryBytes).ThenBy(c => c.Id)];
            if (cells.Count < parts || free[cells[0].Id].Count < each + threads + 1)
            {
                continue;
            }
            List<PlacedCell> placed = [.. cells.Take(parts).Select((c, n) => new PlacedCell(c.Id, [.. Enumerable.Range(n * each, each)], [.. free[c.Id].Take(each)]))];
            List<int> rest = [.. free[cells[0].Id].Skip(each)];
            return new CpuPlacement
            {
                Cells = placed,
                IoThreads = [.. rest.Take(threads)],
                Emulator = rest[threads],
                Why = parts == 1
                    ? $"a CPU of its own in the host's NUMA node {placed[0].HostCell}; the node's first core is left to the host"
                    : $"a CPU of its own; {vcpus} vCPUs with their threads fit into {parts} of the host's NUMA nodes and into no fewer",
                Basis = Basis.Host("cells"),
            };
        }
        return null;
    }

    /// <summary>Core by core, so that siblings go to the same guest and not to two; without the node's first core and what is claimed.</summary>
    private static List<int> FreeCpus(NumaCell cell, IReadOnlyList<CpuClaim> claims)
    {
        HashSet<int> taken = [.. claims.SelectMany(c => c.Cpus)];
        var cores = cell.Cpus.GroupBy(c => c.Siblings.Count == 0 ? c.Id : c.Siblings.Min()).OrderBy(core => core.Key).Select(core => core.Select(c => c.Id).Order().ToList()).ToList();
        // A core of which another domain has a sibling is not free either.
        return [.. cores.Skip(1).Where(core => !core.Any(taken.Contains)).SelectMany(core => core)];
    }

    private static string FreeText(DomainDraft draft) => string.Join(", ", draft.Request.Host.Cells.Select(c =>
        FormattableString.Invariant($"node {c.Id}: {FreeCpus(c, draft.Request.Claims).Count} CPUs, {(c.FreeBytes ?? c.MemoryBytes) >> 30} GiB")));
}
