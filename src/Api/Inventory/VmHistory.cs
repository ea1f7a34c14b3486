using Microsoft.EntityFrameworkCore;
using Migrate.Api.Runs;
using Migrate.Executor.Runs;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Inventory;

/// <summary>What is planned for a VM of a source, and what was done with it: also of one that the newest inventory does not have any more.</summary>
internal sealed class VmHistory(IDbContextFactory<MigrateDb> databases, SourceRegister register, InventoryReader reader, RunStore runs, RunViews views)
{
    public static readonly ListOrders<PlannedPlace> Orders = new ListOrders<PlannedPlace>("-createdAt").Last(x => x.Plan).By("createdAt", x => x.CreatedAt).By("plan", x => x.Plan).By("wave", x => x.Wave);

    /// <summary>Of runs of one VM: those of all runs but by the VM.</summary>
    public static readonly ListOrders<Run> RunOrders = new ListOrders<Run>("-createdAt").Last(x => x.Id).By("createdAt", x => x.CreatedAt).By("wave", x => x.Wave).By("phase", x => x.Phase, x => x.CreatedAt);

    public async Task<Page<VmPlan>> PlansAsync(string source, string vm, Paging paging, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var places = Places(db, await this.FindAsync(db, source, vm, cancellationToken));
        var page = await Orders.Apply(places, paging.Sort).Skip(paging.Skip).Take(paging.Size).ToListAsync(cancellationToken);
        return new Page<VmPlan>(
            [.. page.Select(x => new VmPlan(x.Plan, x.Wave, x.Vm.Mode, x.CreatedAt, x.Vm.CriticalCount, x.Vm.WarningCount, x.Vm.InformationCount, x.Vm.BeginAt, x.Vm.CutOverAt, x.Vm.CutOverUntil))],
            paging.Number, paging.Size, await places.LongCountAsync(cancellationToken));
    }

    public async Task<Page<RunView>> RunsAsync(string source, string vm, Paging paging, CancellationToken cancellationToken)
    {
        RunOrders.Read(paging.Sort);
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        // By the rows of its plans, which runs are found by: an index has these.
        var planned = await Places(db, await this.FindAsync(db, source, vm, cancellationToken)).Select(x => x.Id).ToListAsync(cancellationToken);
        var page = await runs.ListAsync(new RunQuery { PlanVmIds = planned, Sort = paging.Sort, Skip = paging.Skip, Take = paging.Size }, cancellationToken);
        return new Page<RunView>(await views.ViewAsync(page.Items, cancellationToken), paging.Number, paging.Size, page.Total);
    }

    private static IQueryable<PlannedPlace> Places(MigrateDb db, (Guid Source, string Vm) which) => db.Plans.AsNoTracking().Where(x => x.SourceId == which.Source)
        .Join(db.PlanVms.Where(x => x.VmKey == which.Vm), x => x.Id, x => x.PlanId, (plan, vm) => new PlannedPlace
        {
            Id = vm.Id,
            Plan = plan.Name,
            Wave = vm.Wave,
            CreatedAt = plan.CreatedAt,
            Vm = new PlanVm
            {
                VmKey = vm.VmKey,
                VmName = vm.VmName,
                Mode = vm.Mode,
                CriticalCount = vm.CriticalCount,
                WarningCount = vm.WarningCount,
                InformationCount = vm.InformationCount,
                BeginAt = vm.BeginAt,
                CutOverAt = vm.CutOverAt,
                CutOverUntil = vm.CutOverUntil,
                Concerns = "", // Long, like its disks, and not told here.
                Disks = "",
            },
        });

    private async Task<(Guid Source, string Vm)> FindAsync(MigrateDb db, string source, string vm, CancellationToken cancellationToken)
    {
        var id = (await register.FindAsync(source, cancellationToken)).Id;
        var key = await reader.KeyOfAsync(id, null, InventoryKind.Vm, vm, cancellationToken);
        var isKnown = await db.InventoryVms.AnyAsync(x => x.SourceId == id && x.Key == key && x.ToVersion == null, cancellationToken)
            || await db.PlanVms.AnyAsync(x => x.VmKey == key && db.Plans.Any(plan => plan.Id == x.PlanId && plan.SourceId == id), cancellationToken);
        return isKnown ? (id, key) : throw new MigrateException("vm.unknown", $"Source '{source}' has no VM named '{vm}', nor has any plan of its VMs.", "See 'migrate inventory vms', or synchronise the source; name one that is gone by its key.");
    }

    /// <summary>A VM in a plan.</summary>
    internal sealed class PlannedPlace
    {
        public Guid Id { get; init; }

        public required string Plan { get; init; }

        public int Wave { get; init; }

        public DateTime CreatedAt { get; init; }

        public required PlanVm Vm { get; init; }
    }
}
