using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Jobs;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs;

/// <summary>
/// Places at resources that several processes share by a PostgreSQL: whoever wants in counts there what all of them have, and takes his own if that is
/// less than he may. Places of a process that died count until it is known to be silent.
/// </summary>
public sealed class SharedPlaces(IDbContextFactory<MigrateDb> databases, ExecutorOptions options, TimeProvider time)
{
    /// <summary>Nobody tells a process what another one gave back: it looks.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>Waits for a place at each of them.</summary>
    public async Task TakeAsync(Guid id, IReadOnlyList<CopyResource> resources, CancellationToken cancellationToken)
    {
        while (!await TryTakeAsync(id, resources, cancellationToken))
        {
            await Task.Delay(Look, time, cancellationToken);
        }
    }

    /// <summary>Gives them back, as soon as the database takes that.</summary>
    public async Task LeaveAsync(Guid id)
    {
        while (true)
        {
            try
            {
                await using var db = await databases.CreateDbContextAsync(CancellationToken.None);
                await db.CopyPlaces.Where(x => x.Id == id).ExecuteDeleteAsync(CancellationToken.None);
                return;
            }
            catch (Exception e) when (DatabaseTrouble.Is(e))
            {
                await Task.Delay(Look, time, CancellationToken.None); // A process that ends before takes them with it.
            }
        }
    }

    private async Task<bool> TryTakeAsync(Guid id, IReadOnlyList<CopyResource> resources, CancellationToken cancellationToken)
    {
        try
        {
            var names = resources.Select(Name).ToList();
            var alive = (time.GetUtcNow() - WorkerRegistry.SilentAfter).UtcDateTime;
            await using var db = await databases.CreateDbContextAsync(cancellationToken);
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            await db.Database.ExecuteSqlAsync($"LOCK TABLE copy_places IN EXCLUSIVE MODE", cancellationToken); // One after another; who only leaves waits, too.
            // Of those who are gone, and of a try of this taking whose end was not heard.
            await db.CopyPlaces.Where(x => x.Id == id || !db.Workers.Any(y => y.Id == x.WorkerId)).ExecuteDeleteAsync(cancellationToken);
            var taken = await db.CopyPlaces.Where(x => names.Contains(x.Resource) && db.Workers.Any(y => y.Id == x.WorkerId && y.LastSeenAt > alive))
                .GroupBy(x => x.Resource).Select(x => new { x.Key, Count = x.Count() }).ToDictionaryAsync(x => x.Key, x => x.Count, cancellationToken);
            if (resources.Any(x => taken.GetValueOrDefault(Name(x)) >= options.CopyLimits.Of(x.Kind)))
            {
                return false;
            }

            db.CopyPlaces.AddRange(names.Select(x => new CopyPlace { Id = id, Resource = x, WorkerId = options.Worker.Id }));
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return true;
        }
        catch (Exception e) when (DatabaseTrouble.Passes(e))
        {
            return false; // Without it nothing is journalled either.
        }
    }

    private static string Name(CopyResource resource) => $"{resource.Kind}:{resource.Key}";
}
