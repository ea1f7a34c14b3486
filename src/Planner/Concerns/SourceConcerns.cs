using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Inventory;
using Migrate.Planner.Iser;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Planner.Concerns;

/// <summary>A VM with what the rules found on it.</summary>
public sealed record VmConcerns(string VmKey, string VmName, IReadOnlyList<Concern> Concerns);

/// <summary>
/// Judges all VMs of a source's newest inventory without a plan, as for a cold move. What was judged last is kept, so that pages of one
/// list judge once and not once per page.
/// </summary>
public sealed class SourceConcerns(IDbContextFactory<MigrateDb> factory, InventoryStore inventories, ReaderMeans means, TimeProvider time) : IDisposable
{
    /// <summary>Baselines grow and snapshots age while an inventory stays the same.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _one = new(1, 1);
    private (Guid Source, int Version, DateTime At, IReadOnlyList<VmConcerns> Found)? _last;

    /// <summary>By name; null when the source was never synchronised.</summary>
    public async Task<IReadOnlyList<VmConcerns>?> JudgeAsync(Guid sourceId, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
            int? newest = await db.InventoryVersions.Where(version => version.SourceId == sourceId).MaxAsync(version => (int?)version.Number, cancellationToken);
            if (newest is not { } number)
            {
                return null;
            }
            DateTime now = time.GetUtcNow().UtcDateTime;
            if (_last is { } last && last.Source == sourceId && last.Version == number && now - last.At < Kept)
            {
                return last.Found;
            }
            SourceInventory inventory = (await inventories.LoadAsync(sourceId, number, cancellationToken))!;
            BaselineKnowledge baselines = await BaselineKnowledge.LoadAsync(db, sourceId, inventory, inventory.Vms, cancellationToken);
            IReadOnlyList<VmConcerns> found = Judge(inventory, now, means, baselines, await SelfTestFacts.LoadAsync(db, sourceId, cancellationToken),
                await FlowControlEvidenceStore.LoadAsync(db, sourceId, cancellationToken));
            _last = (sourceId, number, now, found);
            return found;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>All VMs of an inventory, by name.</summary>
    public static IReadOnlyList<VmConcerns> Judge(SourceInventory inventory, DateTime now, ReaderMeans? means = null, BaselineKnowledge? baselines = null,
        IReadOnlyDictionary<string, SelfTestFacts>? selfTests = null, IReadOnlyDictionary<string, HostFlowControl>? flowControl = null)
    {
        var surroundings = new Surroundings(inventory)
        {
            Now = now,
            Means = means ?? new ReaderMeans(),
            Baselines = baselines ?? BaselineKnowledge.None,
            SelfTests = selfTests ?? new Dictionary<string, SelfTestFacts>(),
            FlowControl = flowControl ?? new Dictionary<string, HostFlowControl>(),
        };
        var policy = new PlanPolicy();
        return
        [
            .. inventory.Vms.OrderBy(vm => vm.Name, StringComparer.Ordinal).ThenBy(vm => vm.Key, StringComparer.Ordinal)
                .Select(vm => new VmConcerns(vm.Key, vm.Name, surroundings.Judge(vm, MigrationMode.Cold, policy))),
        ];
    }

    public void Dispose() => _one.Dispose();
}
