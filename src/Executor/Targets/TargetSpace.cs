using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Runs;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Target.Admin;

namespace Migrate.Executor.Targets;

/// <summary>
/// Room at the target. Its files are thin, so a disk needs what it holds and not what it is called; but what other runs will still write is not free,
/// however much the file system says.
/// </summary>
/// <param name="Directory">Where the target keeps its files.</param>
/// <param name="FreeBytes">As the file system says.</param>
/// <param name="OthersBytes">What runs beside those asked about still will write, by what their sources had allocated.</param>
/// <param name="PromisedBytes">What all other namespaces may grow by until their disks are full.</param>
public sealed record TargetSpace(string Directory, long FreeBytes, long OthersBytes, long PromisedBytes)
{
    /// <param name="db">In which the runs are.</param>
    /// <param name="target">Their target.</param>
    /// <param name="asked">Namespaces of the disks that room is asked for.</param>
    /// <param name="cancellationToken">Ends the questions.</param>
    public static async Task<(TargetSpace Space, IReadOnlyDictionary<Guid, long> Allocated)> OfAsync(
        MigrateDb db, ITargetControl target, IReadOnlySet<Guid> asked, CancellationToken cancellationToken)
    {
        var made = await target.ListNamespacesAsync(cancellationToken);
        var place = await target.PlaceAsync(cancellationToken);
        var allocated = made.ToDictionary(x => x.Uuid, x => x.AllocatedBytes);
        var running = await db.RunDisks.Where(x => x.ExpectedBytes != null)
            .Join(db.Runs.Where(x => !RunPhases.Final.Contains(x.Phase) && x.Phase != RunPhase.Validating), x => x.RunId, x => x.Id, (disk, _) => new { disk.NamespaceUuid, Expected = disk.ExpectedBytes!.Value })
            .ToListAsync(cancellationToken);
        return (
            new TargetSpace(
                place.Directory,
                place.FreeBytes,
                running.Where(x => !asked.Contains(x.NamespaceUuid)).Sum(x => Math.Max(0, x.Expected - allocated.GetValueOrDefault(x.NamespaceUuid))),
                made.Where(x => !asked.Contains(x.Uuid)).Sum(Growth)),
            allocated);

        static long Growth(NamespaceInfo one) => Math.Max(0, one.CapacityBytes - one.AllocatedBytes);
    }

    /// <summary>
    /// What a disk is known to hold, in bytes: what the source has allocated for it, all of one that is not thin and of which it says nothing, and never
    /// less than what the guest's file systems use. An object of vSAN is known by the latter only: its files are descriptors.
    /// </summary>
    public static long KnownBytes(Vm vm, VirtualDisk disk)
    {
        var allocated = disk.CommittedBytes ?? (disk.ThinProvisioned ? 0 : disk.CapacityBytes);
        var used = vm.Guest.Disks.Where(x => x.DiskKeys.Count == 1 && x.DiskKeys[0] == disk.Key).Sum(x => Math.Max(0, x.CapacityBytes - x.FreeBytes));
        return Math.Min(disk.CapacityBytes, Math.Max(allocated, used));
    }

    /// <summary>What is left for those asked about, as far as is known.</summary>
    public long LeftBytes => FreeBytes - OthersBytes;

    /// <summary>Free and spoken for, in words.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Directory} has {FreeBytes} bytes free{(OthersBytes > 0 ? $", of which other runs will still write {OthersBytes}" : "")}");
}
