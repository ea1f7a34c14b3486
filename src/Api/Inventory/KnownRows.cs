using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Inventory;

/// <summary>
/// What lists show of inventory rows, whose bodies take long to read: kept by the row and the hash of its body, so that a row that was written anew is read anew, by
/// whichever process. What was not asked for longest goes first when there is too much.
/// </summary>
internal sealed class KnownRows : IDisposable
{
    private const long MostBytes = 64 << 20;
    // Key, links and entry of the cache itself.
    private const int Overhead = 300;

    private readonly MemoryCache _cache = new(new MemoryCacheOptions { SizeLimit = MostBytes });

    /// <param name="db">Where the rows are.</param>
    /// <param name="ids">A page of them; what is gone meanwhile is left out.</param>
    /// <param name="what">Tells what is kept from all else that is made of the same rows; where that depends on more than the row, a hash of it, too.</param>
    /// <param name="make">Makes of bodies, in their order, what is kept of each.</param>
    /// <param name="bytes">How long that is, about.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public async Task<IReadOnlyList<T>> OfAsync<T>(
        MigrateDb db, IReadOnlyList<long> ids, string what, Func<IReadOnlyList<string>, Task<IReadOnlyList<T>>> make, Func<T, int> bytes, CancellationToken cancellationToken)
        where T : class
    {
        var hashes = await db.InventoryObjects.AsNoTracking().Where(x => ids.Contains(x.Id)).Select(x => new { x.Id, x.BodyHash }).ToDictionaryAsync(x => x.Id, x => x.BodyHash, cancellationToken);
        var known = new Dictionary<long, T>(hashes.Count);
        List<long> missing = [];
        foreach (var (id, hash) in hashes)
        {
            if (_cache.TryGetValue((what, id, hash), out T? kept))
            {
                known[id] = kept!;
            }
            else
            {
                missing.Add(id);
            }
        }

        if (missing.Count > 0)
        {
            var rows = await db.InventoryObjects.AsNoTracking().Where(x => missing.Contains(x.Id)).Select(x => new { x.Id, x.BodyHash, x.Body }).ToListAsync(cancellationToken);
            foreach (var (row, made) in rows.Zip(await make([.. rows.Select(x => x.Body)])))
            {
                known[row.Id] = _cache.Set((what, row.Id, row.BodyHash), made, new MemoryCacheEntryOptions { Size = bytes(made) + Overhead });
            }
        }

        return [.. ids.Where(known.ContainsKey).Select(x => known[x])];
    }

    /// <summary>The same where each depends on its own row alone.</summary>
    public Task<IReadOnlyList<T>> OfAsync<T>(MigrateDb db, IReadOnlyList<long> ids, string what, Func<string, T> make, Func<T, int> bytes, CancellationToken cancellationToken)
        where T : class => OfAsync(db, ids, what, bodies => Task.FromResult<IReadOnlyList<T>>([.. bodies.Select(make)]), bytes, cancellationToken);

    public void Dispose() => _cache.Dispose();
}
