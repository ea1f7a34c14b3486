using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Inventory;
using Migrate.Planner.Iser;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Planner.Concerns;

/// <summary>A VM with what the rules found on it.</summary>
public sealed record VmConcerns(string VmKey, string VmName, IReadOnlyList<Concern> Concerns)
{
    /// <summary>Of its baseline; null without one.</summary>
    public double? WriteBytesPerSecond { get; init; }
}

/// <summary>
/// Judges all VMs of a source's newest inventory without a plan, as for a cold move. What was judged last is kept, so that pages of one
/// list judge once and not once per page.
/// </summary>
public sealed class SourceConcerns(IDbContextFactory<MigrateDb> factory, InventoryStore inventories, ReaderMeans means, TimeProvider time) : IDisposable
{
    /// <summary>Baselines grow and snapshots age while an inventory stays the same.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _one = new(1, 1);
    private volatile Judged? _last;

    /// <summary>By name; null when the source was never synchronised.</summary>
    public async Task<IReadOnlyList<VmConcerns>?> JudgeAsync(Guid sourceId, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        int? newest = await db.InventoryVersions.Where(version => version.SourceId == sourceId).MaxAsync(version => (int?)version.Number, cancellationToken);
        if (newest is not { } number)
        {
            return null;
        }
        if (Known() is { } known)
        {
            return known;
        }
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (Known() is { } judgedMeanwhile)
            {
                return judgedMeanwhile;
            }
            DateTime now = time.GetUtcNow().UtcDateTime;
            if (await inventories.LoadAsync(sourceId, number, cancellationToken) is not { } inventory)
            {
                return null; // The source was removed meanwhile.
            }
            BaselineKnowledge baselines = await BaselineKnowledge.LoadAsync(db, sourceId, inventory, inventory.Vms, cancellationToken);
            IReadOnlyList<VmConcerns> found = Judge(inventory, now, means, baselines, await SelfTestFacts.LoadAsync(db, sourceId, cancellationToken),
                await FlowControlEvidenceStore.LoadAsync(db, sourceId, cancellationToken));
            _last = new Judged(sourceId, number, now, found);
            return found;
        }
        finally
        {
            _one.Release();
        }

        IReadOnlyList<VmConcerns>? Known() => _last is { } last && last.Source == sourceId && last.Version == number && time.GetUtcNow().UtcDateTime - last.At < Kept ? last.Found : null;
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
                .Select(vm => new VmConcerns(vm.Key, vm.Name, surroundings.Judge(vm, MigrationMode.Cold, policy))
                {
                    WriteBytesPerSecond = surroundings.Baselines.Facts.GetValueOrDefault(vm.Key)?.WriteBytesPerSecond,
                }),
        ];
    }

    public void Dispose() => _one.Dispose();

    private sealed record Judged(Guid Source, int Version, DateTime At, IReadOnlyList<VmConcerns> Found);
}
