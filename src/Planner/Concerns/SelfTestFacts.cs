using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Concerns;

/// <summary>A pass of an earlier run whose self-test found blocks changed that the source called unchanged.</summary>
/// <param name="At">The moment of the pass, UTC.</param>
/// <param name="WrongExtents">How many, of those that were read; all disks together.</param>
public sealed record SelfTestFacts(DateTime At, long WrongExtents)
{
    /// <summary>The newest of each VM of the source, by VM key: one query, of rows that should not exist.</summary>
    public static async Task<IReadOnlyDictionary<string, SelfTestFacts>> LoadAsync(MigrateDb db, Guid sourceId, CancellationToken cancellationToken)
    {
        var failed = await (
            from disk in db.RunPassDisks
            where disk.WrongExtents > 0
            join pass in db.RunPasses on disk.PassId equals pass.Id
            join run in db.Runs on pass.RunId equals run.Id
            join plan in db.Plans on run.PlanId equals plan.Id
            where plan.SourceId == sourceId
            select new { run.VmKey, pass.Id, At = pass.FrozenAt ?? pass.StartedAt, disk.WrongExtents }).ToListAsync(cancellationToken);
        return failed.GroupBy(row => row.VmKey).ToDictionary(
            vm => vm.Key,
            vm => vm.GroupBy(row => row.Id).Select(pass => new SelfTestFacts(pass.First().At, pass.Sum(row => row.WrongExtents))).MaxBy(pass => pass.At)!);
    }
}
