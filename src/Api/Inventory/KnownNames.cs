using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Inventory;

/// <summary>What hosts, clusters and datastores are called, by inventory version: no version changes them, so that they are read once for all lists of it.</summary>
internal sealed class KnownNames(IDbContextFactory<MigrateDb> databases, KnownRows rows)
{
    private const int MostVersions = 50;

    private readonly ConcurrentDictionary<(Guid Source, int Version), InventoryNames> _known = new();

    /// <param name="sourceId">The source.</param>
    /// <param name="version">Null: the newest.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public async Task<InventoryNames> OfAsync(Guid sourceId, int? version, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var number = version ?? await db.InventoryVersions.Where(x => x.SourceId == sourceId).MaxAsync(x => (int?)x.Number, cancellationToken) ?? 0;
        if (_known.TryGetValue((sourceId, number), out var known))
        {
            return known;
        }

        var around = await InventoryReader.At(db, sourceId, number).Where(x => x.Kind == InventoryKind.Host || x.Kind == InventoryKind.Cluster || x.Kind == InventoryKind.Datastore)
            .Select(x => new { x.Id, x.Kind, x.Key, x.Name }).ToListAsync(cancellationToken);
        var hosts = around.Where(x => x.Kind == InventoryKind.Host).ToList();
        var clusters = around.Where(x => x.Kind == InventoryKind.Cluster).ToDictionary(x => x.Key, x => x.Name);
        // Hosts' bodies are wide, and only their clusters are wanted.
        var places = await rows.OfAsync(db, [.. hosts.Select(x => x.Id)], "host place", body => PlaceOf(PlannerJson.Read(body, PlannerJson.Default.EsxHost)), _ => 100, cancellationToken);
        var names = new InventoryNames
        {
            Hosts = hosts.ToDictionary(x => x.Key, x => x.Name),
            ClusterKeys = places.Where(x => x.Cluster is not null).ToDictionary(x => x.Host, x => x.Cluster!),
            Clusters = clusters,
            OfDatastores = around.Where(x => x.Kind == InventoryKind.Datastore).ToDictionary(x => x.Key, x => x.Name),
        };
        if (number > 0)
        {
            if (_known.Count >= MostVersions)
            {
                _known.Clear();
            }

            _known[(sourceId, number)] = names;
        }

        return names;
    }

    private static HostPlace PlaceOf(EsxHost host) => new(host.Key, host.ClusterKey);

    private sealed record HostPlace(string Host, string? Cluster);
}
