using System.Data;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Jobs;
using Migrate.Executor.Targets;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs;

/// <summary>
/// Room at the target for a run's disks, before anything is made there. What each is expected to hold is in the run's rows until it is over, so that
/// runs which begin together do not count on the same bytes. A thin disk may be larger than the file system.
/// </summary>
public sealed class SpaceReservation(IDbContextFactory<MigrateDb> databases, ITargetControl target)
{
    /// <summary>Reserves, and gives a warning in words where the disks fit only as long as they do not grow; else null.</summary>
    /// <exception cref="MigrateException">target.no-space: what is known to be allocated at the source does not fit. Nothing is reserved then.</exception>
    public async Task<string?> TakeAsync(RunWork work, Vm vm, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        // Serializable: of two runs that take their room at once the second must see what the first took.
        await using var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.Serializable, cancellationToken);
        var asked = work.PlannedDisks.Select(x => x.NamespaceUuid).ToHashSet();
        var (space, allocated) = await TargetSpace.OfAsync(db, target, asked, cancellationToken);
        var known = work.PlannedDisks.ToDictionary(x => x.Key, x => TargetSpace.KnownBytes(vm, vm.Disks.Single(disk => disk.Key == x.Key)));
        var needed = work.PlannedDisks.Sum(x => Left(known[x.Key], x.NamespaceUuid));
        var whole = work.PlannedDisks.Sum(x => Left(x.CapacityBytes, x.NamespaceUuid));
        var fits = needed <= space.LeftBytes;
        var held = db.Runs.HeldBy(work.Lease);
        foreach (var (key, bytes) in known)
        {
            var expected = fits ? bytes : (long?)null;
            if (await db.RunDisks.Where(x => x.RunId == work.Run.Id && x.DiskKey == key && held.Any())
                .ExecuteUpdateAsync(set => set.SetProperty(x => x.ExpectedBytes, expected), cancellationToken) == 0)
            {
                throw new LeaseLostException(work.Run.Id, work.Lease.Epoch);
            }
        }

        await transaction.CommitAsync(cancellationToken);
        if (!fits)
        {
            throw new MigrateException(
                "target.no-space",
                string.Create(CultureInfo.InvariantCulture, $"The disks of '{work.Run.VmName}' hold {known.Values.Sum()} bytes at the source, of which {needed} are still to be written, and {space}."),
                "Free space there, wait for other runs to end or roll them back, or give the target a larger file system; then retry the run.");
        }

        return whole <= space.FreeBytes - space.PromisedBytes ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"The disks of '{work.Run.VmName}' hold {known.Values.Sum()} bytes and may grow to {work.PlannedDisks.Sum(x => x.CapacityBytes)}; {space}, and other namespaces may grow by {space.PromisedBytes}. "
                + $"The run goes on, since they fit by what they hold. When the file system is full, copies fail and domains stop: watch its free space, or enlarge it.");

        long Left(long bytes, Guid uuid) => Math.Max(0, bytes - allocated.GetValueOrDefault(uuid));
    }

    /// <summary>The run holds nothing at the target after all.</summary>
    public async Task ReleaseAsync(RunWork work, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var held = db.Runs.HeldBy(work.Lease);
        await db.RunDisks.Where(x => x.RunId == work.Run.Id && held.Any()).ExecuteUpdateAsync(set => set.SetProperty(x => x.ExpectedBytes, (long?)null), cancellationToken);
    }
}
