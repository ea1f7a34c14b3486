using Migrate.Executor.Targets;
using Migrate.Planner.Concerns;

namespace Migrate.Executor.Probes;

/// <summary>Compares what the plan's disks hold with the free space where the target keeps its backing files.</summary>
public sealed class TargetSpaceProbe(ITargetControl target) : IConcernProbe
{
    public async Task<ProbeResult> RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        // What exists already needs no more room than it may still grow by.
        var made = (await target.ListNamespacesAsync(cancellationToken)).ToDictionary(x => x.Uuid, x => x.AllocatedBytes);
        List<VmSpace> needs = [.. context.Vms.Select(one =>
        {
            var committed = one.Vm.Disks.ToDictionary(x => x.Key, x => x.CommittedBytes);
            return new VmSpace(
                one.Vm.Key,
                one.Disks.Sum(disk => Left(Math.Min(disk.CapacityBytes, committed.GetValueOrDefault(disk.Key) ?? disk.CapacityBytes), disk.NamespaceUuid)),
                one.Disks.Sum(disk => Left(disk.CapacityBytes, disk.NamespaceUuid)));
        })];
        var place = await target.PlaceAsync(cancellationToken);
        return new ProbeResult(1, Judge(needs, place.FreeBytes, place.Directory));

        long Left(long bytes, Guid uuid) => Math.Max(0, bytes - made.GetValueOrDefault(uuid));
    }

    /// <summary>What a VM still needs: what its disks hold, and what they may grow to.</summary>
    internal sealed record VmSpace(string VmKey, long Held, long Whole);

    internal static IReadOnlyList<ProbeFinding> Judge(IReadOnlyList<VmSpace> needs, long free, string directory)
    {
        var held = needs.Sum(x => x.Held);
        var whole = needs.Sum(x => x.Whole);
        if (held > free)
        {
            return [new ProbeFinding(null, ProbeDescriptions.TargetSpace.Find(
                ConcernSeverity.Critical, directory, $"The plan's disks hold {Mib(held)} MiB on the source, and {directory} has {Mib(free)} MiB free.",
                "Free space there, move fewer VMs with this plan, or keep the target's files on a larger file system."))];
        }

        List<ProbeFinding> findings =
        [
            .. needs.Where(x => x.Whole > free).Select(x => new ProbeFinding(x.VmKey, ProbeDescriptions.TargetSpace.Find(
                ConcernSeverity.Critical, directory, $"The VM's disks have {Mib(x.Whole)} MiB, and {directory} has {Mib(free)} MiB free: a run refuses a VM that cannot fit when its disks are full.",
                "Free space there, or keep the target's files on a larger file system."))),
        ];
        if (findings.Count == 0 && whole > free)
        {
            findings.Add(new ProbeFinding(null, ProbeDescriptions.TargetSpace.Find(
                ConcernSeverity.Warning, directory,
                $"The plan's disks hold {Mib(held)} MiB and may grow to {Mib(whole)} MiB; {directory} has {Mib(free)} MiB free. Domains stop when it is full.",
                "Watch the file system's free space, or enlarge it.")));
        }

        return findings;
    }

    private static long Mib(long bytes) => bytes >> 20;
}
