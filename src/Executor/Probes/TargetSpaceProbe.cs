using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Targets;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Probes;

/// <summary>Compares what the plan's disks hold with the free space where the target keeps its backing files, less what runs of other plans count on.</summary>
public sealed class TargetSpaceProbe(IDbContextFactory<MigrateDb> databases, ITargetControl target) : IConcernProbe
{
    public ProbeDescription Description => ProbeDescriptions.TargetSpace;

    public bool NeedsSource => false;

    public async Task<ProbeResult> RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var (space, allocated) = await TargetSpace.OfAsync(db, target, context.Vms.SelectMany(x => x.Disks).Select(x => x.NamespaceUuid).ToHashSet(), cancellationToken);
        List<VmSpace> needs = [.. context.Vms.Select(one =>
        {
            var disks = one.Vm.Disks.ToDictionary(x => x.Key);
            return new VmSpace(
                one.Disks.Sum(disk => Left(disks.TryGetValue(disk.Key, out var now) ? TargetSpace.KnownBytes(one.Vm, now) : disk.CapacityBytes, disk.NamespaceUuid)),
                one.Disks.Sum(disk => Left(disk.CapacityBytes, disk.NamespaceUuid)));
        })];
        return new ProbeResult(1, Judge(needs, space));

        // What exists already needs no more room than it may still grow by.
        long Left(long bytes, Guid uuid) => Math.Max(0, bytes - allocated.GetValueOrDefault(uuid));
    }

    /// <summary>What a VM still needs: what its disks hold, and what they may grow to.</summary>
    internal sealed record VmSpace(long Held, long Whole);

    internal static IReadOnlyList<ProbeFinding> Judge(IReadOnlyList<VmSpace> needs, TargetSpace space)
    {
        var held = needs.Sum(x => x.Held);
        var whole = needs.Sum(x => x.Whole);
        var free = $"{space.Directory} has {Mib(space.FreeBytes)} MiB free{(space.OthersBytes > 0 ? $", of which other runs will still write {Mib(space.OthersBytes)} MiB" : "")}";
        if (held > space.LeftBytes)
        {
            return [new ProbeFinding(null, ProbeDescriptions.TargetSpace.Find(
                ConcernSeverity.Critical, space.Directory, $"The plan's disks hold {Mib(held)} MiB on the source, and {free}.",
                "Free space there, move fewer VMs with this plan, or keep the target's files on a larger file system."))];
        }

        return whole <= space.FreeBytes - space.PromisedBytes ? [] : [new ProbeFinding(null, ProbeDescriptions.TargetSpace.Find(
            ConcernSeverity.Warning, space.Directory,
            $"The plan's disks hold {Mib(held)} MiB and may grow to {Mib(whole)} MiB; {free}, and what is there already may grow by {Mib(space.PromisedBytes)} MiB. Domains stop when it is full.",
            "Watch the file system's free space, or enlarge it."))];
    }

    private static long Mib(long bytes) => bytes >> 20;
}
