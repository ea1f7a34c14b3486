using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Baselines;
using Migrate.Planner.Baselines.Digests;
using Migrate.Planner.Baselines.Trust;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Concerns;

/// <summary>What is known of the storage load of some VMs, by VM key: from their collection, else from the baseline that an earlier run took.</summary>
public sealed record BaselineKnowledge(IReadOnlyDictionary<string, BaselineFacts> Facts, IReadOnlyDictionary<string, CollectionFacts> Collections)
{
    // VMs per query: providers limit the parameters of one.
    private const int AtOnce = 200;

    public static BaselineKnowledge None { get; } = new(new Dictionary<string, BaselineFacts>(), new Dictionary<string, CollectionFacts>());

    /// <exception cref="MigrateException">baseline.block-damaged, baseline.damaged.</exception>
    public static async Task<BaselineKnowledge> LoadAsync(
        MigrateDb db, Guid sourceId, SourceInventory inventory, IReadOnlyCollection<Vm> vms, CancellationToken cancellationToken)
    {
        var datastores = inventory.Datastores.ToDictionary(datastore => datastore.Key);
        var hosts = inventory.Hosts.ToDictionary(host => host.Key);
        var evidence = await BaselineEvidence.LoadAsync(db, sourceId, vms, datastores, hosts, CollectedBaselines.WindowOfRun, cancellationToken);
        Dictionary<string, BaselineFacts> facts = evidence.Where(one => one.Value.Evidence?.Filled.Any() == true)
            .ToDictionary(one => one.Key, one => BaselineFacts.Of(one.Value.Evidence!, one.Value.BusiestWriteBytesPerSecond));
        foreach (Vm[] chunk in vms.Where(vm => !facts.ContainsKey(vm.Key)).Chunk(AtOnce))
        {
            Dictionary<string, Vm> without = chunk.ToDictionary(vm => vm.Key);
            foreach (BaselineRow row in await NewestRowsAsync(db, sourceId, without.Keys, cancellationToken))
            {
                if (OfRow(without[row.VmKey], row, datastores, hosts) is { } older)
                {
                    facts[row.VmKey] = older;
                }
            }
        }
        return new BaselineKnowledge(facts, evidence.Where(one => one.Value.Watch is not null).ToDictionary(one => one.Key, one => CollectionFacts.Of(one.Value.Watch!)));
    }

    private static async Task<List<BaselineRow>> NewestRowsAsync(MigrateDb db, Guid sourceId, IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        List<Guid> newest = await db.Baselines.Where(row => row.SourceId == sourceId && keys.Contains(row.VmKey))
            .GroupBy(row => row.VmKey).Select(rows => rows.OrderByDescending(row => row.CollectedAt).ThenByDescending(row => row.Id).First().Id)
            .ToListAsync(cancellationToken);
        return newest.Count == 0 ? [] : await db.Baselines.AsNoTracking().Where(row => newest.Contains(row.Id)).ToListAsync(cancellationToken);
    }

    private static BaselineFacts? OfRow(Vm vm, BaselineRow row, IReadOnlyDictionary<string, Datastore> datastores, IReadOnlyDictionary<string, EsxHost> hosts)
    {
        Dictionary<string, SeriesDigest> samples = BaselineStore.SeriesOf(row).ToDictionary(disk => disk.Key, disk => SeriesDigest.Of(disk.Value));
        TrustEvidence evidence = BaselineEvidence.Of(vm, null, samples, [], [], datastores, hosts);
        if (!evidence.Filled.Any())
        {
            return null;
        }
        // What was found against it when it was taken says more than what is known of it now.
        BaselineFacts facts = BaselineFacts.Of(evidence, null);
        return JsonSerializer.Deserialize(row.Body, PlannerJson.Default.Baseline)?.Trust is { } judged ? facts with { Trust = judged } : facts;
    }
}
