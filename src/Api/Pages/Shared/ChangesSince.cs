using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Pages.Shared;

/// <summary>What the audit log has of changes to a thing: by whom only for those who may read the log.</summary>
internal sealed class ChangesSince(IDbContextFactory<MigrateDb> databases)
{
    private const int Told = 5;

    /// <param name="target">Path of the thing, as the API and pages have it, e.g. plans/first.</param>
    /// <param name="since">When it was shown, UTC.</param>
    /// <param name="withNames">Whether accounts are named.</param>
    /// <param name="cancellationToken">Of the caller.</param>
    public async Task<IReadOnlyList<string>> OfAsync(string target, DateTime since, bool withNames, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var lines = await db.Audit.AsNoTracking().Where(x => x.Kind == "answered" && x.At >= since && (x.Target == target || x.Target.StartsWith(target + "/")))
            .OrderByDescending(x => x.Sequence).Take(10 * Told).ToListAsync(cancellationToken);
        List<string> done = [.. lines.Where(x => x.Outcome.StartsWith('2') || x.Outcome.StartsWith('3')).Take(Told).Select(x => $"{Text.Time(x.At)}: {x.Action}{(withNames ? $", by {x.Who}" : "")} ({x.Target})")];
        return done.Count > 0 ? done : ["It was changed by the server itself: what goes on has come further."];
    }
}
