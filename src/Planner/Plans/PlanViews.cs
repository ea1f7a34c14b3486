using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Plans;

/// <summary>Reads plans for people.</summary>
public sealed class PlanViews(IDbContextFactory<MigrateDb> factory)
{
    /// <summary>The longest page that one call gives.</summary>
    public const int MaxLimit = 1000;

    public static readonly ListOrders<Plan> PlanOrders = new ListOrders<Plan>("-createdAt").Last(plan => plan.Id).By("createdAt", plan => plan.CreatedAt).By("name", plan => plan.Name);

    /// <summary>In a plan's own order, wave by wave, or by name.</summary>
    public static readonly ListOrders<PlanVm> VmOrders = new ListOrders<PlanVm>("wave").Last(vm => vm.Id).By("wave", vm => vm.Wave, vm => vm.Position).By("vm", vm => vm.VmName);

    /// <summary>Newest first, unless another order of <see cref="PlanOrders"/> is asked for.</summary>
    public async Task<Page<PlanListItem>> ListAsync(string? search, string? sort, int offset, int limit, CancellationToken cancellationToken)
    {
        CheckPage(offset, limit);
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        IQueryable<Plan> all = db.Plans.AsNoTracking().Named(plan => plan.Name, search);
        List<Plan> plans = await PlanOrders.Apply(all, sort).Skip(offset).Take(limit).ToListAsync(cancellationToken);
        List<Guid> sourceIds = [.. plans.Select(plan => plan.SourceId).Distinct()];
        List<Guid> hostIds = [.. plans.Select(plan => plan.KvmHostId).Distinct()];
        Dictionary<Guid, string> sources = await db.Sources.Where(source => sourceIds.Contains(source.Id)).Select(source => new { source.Id, source.Name }).ToDictionaryAsync(source => source.Id, source => source.Name, cancellationToken);
        Dictionary<Guid, string> hosts = await db.KvmHosts.Where(host => hostIds.Contains(host.Id)).Select(host => new { host.Id, host.Name }).ToDictionaryAsync(host => host.Id, host => host.Name, cancellationToken);
        List<Guid> ids = [.. plans.Select(plan => plan.Id)];
        var waves = await db.PlanVms.Where(vm => ids.Contains(vm.PlanId)).GroupBy(vm => new { vm.PlanId, vm.Wave })
            .Select(vms => new
            {
                vms.Key.PlanId,
                Wave = new WaveSummary(vms.Key.Wave, vms.Count(), vms.Sum(vm => vm.CriticalCount), vms.Sum(vm => vm.WarningCount), vms.Sum(vm => vm.InformationCount)),
            })
            .ToListAsync(cancellationToken);
        var wavesOf = waves.ToLookup(row => row.PlanId, row => row.Wave);
        return new Page<PlanListItem>(
            [
                .. plans.Select(plan => new PlanListItem(
                    plan.Id, plan.Name, sources.GetValueOrDefault(plan.SourceId, Gone), plan.InventoryVersion, hosts.GetValueOrDefault(plan.KvmHostId, Gone), plan.Mode, plan.CreatedAt,
                    [.. wavesOf[plan.Id].OrderBy(wave => wave.Wave)])),
            ],
            await all.CountAsync(cancellationToken));
    }

    // A source or host may be removed while its plans stay as a record.
    private const string Gone = "(removed)";

    /// <summary>The id of a plan by its name or id; null when there is none.</summary>
    public async Task<Guid?> FindIdAsync(string nameOrId, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        return await db.Plans.Where(plan => plan.Name == nameOrId).Select(plan => (Guid?)plan.Id).SingleOrDefaultAsync(cancellationToken)
            ?? (Guid.TryParse(nameOrId, out Guid id) ? await db.Plans.Where(plan => plan.Id == id).Select(plan => (Guid?)plan.Id).SingleOrDefaultAsync(cancellationToken) : null);
    }

    /// <summary>A page of a plan's VMs, of one wave if given, by <see cref="VmOrders"/>.</summary>
    public async Task<Page<PlanVmView>> ListVmsAsync(Guid planId, int? wave, string? search, string? sort, int offset, int limit, CancellationToken cancellationToken)
    {
        CheckPage(offset, limit);
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        IQueryable<PlanVm> vms = db.PlanVms.AsNoTracking().Where(vm => vm.PlanId == planId && (wave == null || vm.Wave == wave)).Named(vm => vm.VmName, search);
        int total = await vms.CountAsync(cancellationToken);
        // The ids are found in an index alone; of the rows, which are wide, only the page's are read.
        List<Guid> ids = await VmOrders.PageAsync(vms, sort, vm => vm.Id, offset, limit, total, cancellationToken);
        Dictionary<Guid, PlanVm> page = await db.PlanVms.AsNoTracking().Where(vm => ids.Contains(vm.Id)).ToDictionaryAsync(vm => vm.Id, cancellationToken);
        return new Page<PlanVmView>([.. ids.Where(page.ContainsKey).Select(id => PlanVmView.Of(page[id]))], total);
    }

    /// <summary>The first VMs of a plan, wave by wave, that a Critical concern is on.</summary>
    public async Task<IReadOnlyList<PlanVmView>> ListBlockedAsync(Guid planId, int limit, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        return [.. (await VmOrders.Apply(db.PlanVms.AsNoTracking().Where(vm => vm.PlanId == planId && vm.CriticalCount > 0), null).Take(limit).ToListAsync(cancellationToken)).Select(PlanVmView.Of)];
    }

    /// <summary>One plan by its name or id, with a page of its VMs (of one wave, if given); null when there is none.</summary>
    public async Task<PlanView?> FindAsync(string nameOrId, int? wave, int offset, int limit, CancellationToken cancellationToken)
    {
        CheckPage(offset, limit);
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        bool isId = Guid.TryParse(nameOrId, out Guid id);
        Plan? plan = await db.Plans.AsNoTracking().SingleOrDefaultAsync(plan => plan.Name == nameOrId, cancellationToken)
            ?? (isId ? await db.Plans.AsNoTracking().SingleOrDefaultAsync(plan => plan.Id == id, cancellationToken) : null);
        if (plan is null)
        {
            return null;
        }
        List<WaveSummary> waves = await db.PlanVms.Where(vm => vm.PlanId == plan.Id).GroupBy(vm => vm.Wave).OrderBy(vms => vms.Key)
            .Select(vms => new WaveSummary(vms.Key, vms.Count(), vms.Sum(vm => vm.CriticalCount), vms.Sum(vm => vm.WarningCount), vms.Sum(vm => vm.InformationCount)))
            .ToListAsync(cancellationToken);
        IQueryable<PlanVm> vms = db.PlanVms.AsNoTracking().Where(vm => vm.PlanId == plan.Id && (wave == null || vm.Wave == wave));
        List<PlanVm> page = await vms.OrderBy(vm => vm.Wave).ThenBy(vm => vm.Position).ThenBy(vm => vm.Id).Skip(offset).Take(limit).ToListAsync(cancellationToken);
        return new PlanView
        {
            Id = plan.Id,
            Name = plan.Name,
            SourceId = plan.SourceId,
            SourceName = await db.Sources.Where(source => source.Id == plan.SourceId).Select(source => source.Name).SingleOrDefaultAsync(cancellationToken) ?? Gone,
            InventoryVersion = plan.InventoryVersion,
            KvmHostId = plan.KvmHostId,
            KvmHostName = await db.KvmHosts.Where(host => host.Id == plan.KvmHostId).Select(host => host.Name).SingleOrDefaultAsync(cancellationToken) ?? Gone,
            Mode = plan.Mode,
            Policy = PlannerJson.Read(plan.Policy, PlannerJson.Default.PlanPolicy),
            CreatedAt = plan.CreatedAt,
            Waves = waves,
            Vms = new Page<PlanVmView>([.. page.Select(PlanVmView.Of)], await vms.CountAsync(cancellationToken)),
        };
    }

    private static void CheckPage(int offset, int limit)
    {
        if (offset < 0 || limit is < 1 or > MaxLimit)
        {
            throw new MigrateException("plan.bad-page", $"A page from {offset} of {limit} entries cannot be given.",
                $"Ask for an offset of 0 or more and a limit between 1 and {MaxLimit}.");
        }
    }
}
