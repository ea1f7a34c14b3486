using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Plans;

/// <summary>Reads plans for people.</summary>
public sealed class PlanViews(IDbContextFactory<MigrateDb> factory)
{
    /// <summary>The longest page that one call gives.</summary>
    public const int MaxLimit = 1000;

    /// <summary>Newest first.</summary>
    public async Task<Page<PlanListItem>> ListAsync(int offset, int limit, CancellationToken cancellationToken)
    {
        CheckPage(offset, limit);
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        var plans = await (
            from plan in db.Plans
            join source in db.Sources on plan.SourceId equals source.Id into sources
            from source in sources.DefaultIfEmpty()
            join host in db.KvmHosts on plan.KvmHostId equals host.Id into hosts
            from host in hosts.DefaultIfEmpty()
            orderby plan.CreatedAt descending, plan.Id
            select new { Plan = plan, Source = source!.Name, Host = host!.Name }).AsNoTracking().Skip(offset).Take(limit).ToListAsync(cancellationToken);
        List<Guid> ids = [.. plans.Select(row => row.Plan.Id)];
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
                .. plans.Select(row => new PlanListItem(
                    row.Plan.Id, row.Plan.Name, row.Source ?? Gone, row.Plan.InventoryVersion, row.Host ?? Gone, row.Plan.Mode, row.Plan.CreatedAt,
                    [.. wavesOf[row.Plan.Id].OrderBy(wave => wave.Wave)])),
            ],
            await db.Plans.CountAsync(cancellationToken));
    }

    // A source or host may be removed while its plans stay as a record.
    private const string Gone = "(removed)";

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
