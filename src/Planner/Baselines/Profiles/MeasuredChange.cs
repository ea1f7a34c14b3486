using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Planner.Baselines.Profiles;

/// <summary>
/// What change tracking named as changed of a disk between two moments at which it held still, in extents of 1 MiB. A block that is written
/// often counts once, and the more so the longer the time between the two: over hours this is less than over the same hours in parts.
/// </summary>
public sealed record MeasuredChange(int DiskKey, DateTime From, DateTime To, long Bytes)
{
    // Passes per query: providers limit the parameters of one.
    private const int AtOnce = 500;

    public TimeSpan Span => To - From;

    /// <summary>
    /// From the passes of the VM's warm runs that ended since <paramref name="since"/>. Nothing else measures it: asking what changed needs a
    /// snapshot, which a baseline does not take.
    /// </summary>
    internal static async Task<IReadOnlyList<MeasuredChange>> LoadAsync(MigrateDb db, Guid sourceId, string vmKey, DateTime since, CancellationToken cancellationToken) =>
        [.. (await LoadAsync(db, sourceId, run => run.VmKey == vmKey, since, cancellationToken))[vmKey].OrderBy(change => change.From)];

    /// <summary>The same of all VMs of a source, by their keys.</summary>
    internal static Task<ILookup<string, MeasuredChange>> LoadAsync(MigrateDb db, Guid sourceId, DateTime since, CancellationToken cancellationToken) =>
        LoadAsync(db, sourceId, run => true, since, cancellationToken);

    private static async Task<ILookup<string, MeasuredChange>> LoadAsync(MigrateDb db, Guid sourceId, Expression<Func<Run, bool>> which, DateTime since, CancellationToken cancellationToken)
    {
        var runs = db.Runs.Where(which).Where(run => db.Plans.Any(plan => plan.Id == run.PlanId && plan.SourceId == sourceId));
        var passes = await db.RunPasses.AsNoTracking().Where(pass => pass.Outcome == PassOutcome.Completed && pass.FrozenAt >= since).Join(runs, pass => pass.RunId, run => run.Id, (pass, run) => new { pass.Id, pass.RunId, pass.Number, pass.FrozenAt, run.VmKey })
            .OrderBy(pass => pass.RunId).ThenBy(pass => pass.Number).ToListAsync(cancellationToken);
        // A pass asks for what changed since the last one that was completed; a self-test that failed says that the answer was wrong.
        var pairs = passes.Zip(passes.Skip(1)).Where(pair => pair.First.RunId == pair.Second.RunId).ToDictionary(pair => pair.Second.Id, pair => (From: pair.First.FrozenAt!.Value, To: pair.Second.FrozenAt!.Value, pair.Second.VmKey));
        List<(string VmKey, MeasuredChange Change)> found = [];
        foreach (var ids in pairs.Keys.Chunk(AtOnce))
        {
            var disks = await db.RunPassDisks.AsNoTracking().Where(disk => ids.Contains(disk.PassId) && disk.Basis == PassBasis.Changes && disk.FinishedAt != null && disk.WrongExtents == 0)
                .Select(disk => new { disk.PassId, disk.DiskKey, disk.BytesNamed }).ToListAsync(cancellationToken);
            found.AddRange(disks.Select(disk => (pairs[disk.PassId].VmKey, new MeasuredChange(disk.DiskKey, pairs[disk.PassId].From, pairs[disk.PassId].To, disk.BytesNamed))));
        }

        return found.Where(each => each.Change.Span > TimeSpan.Zero).ToLookup(each => each.VmKey, each => each.Change);
    }
}
