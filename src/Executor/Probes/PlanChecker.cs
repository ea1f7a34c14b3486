using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Sources;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Probes;

/// <summary>Runs all probes for a plan and stores what they find; a wave's start refuses on what is Critical in the newest check.</summary>
public sealed class PlanChecker(
    IDbContextFactory<MigrateDb> databases, InventoryStore inventories, SourceAccess sources, PlanChecks checks, IEnumerable<IConcernProbe> probes, TimeProvider time)
{
    /// <summary>Throws <c>plan.unknown</c> or <c>inventory.none</c>; what a probe meets is a finding.</summary>
    public async Task<PlanCheck> CheckAsync(Guid planId, CancellationToken cancellationToken)
    {
        var started = time.GetUtcNow().UtcDateTime;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var plan = await db.Plans.AsNoTracking().SingleOrDefaultAsync(x => x.Id == planId, cancellationToken)
            ?? throw new MigrateException("plan.unknown", $"There is no plan {planId}.", "List the plans and use one of their names or ids.");
        var source = await db.Sources.AsNoTracking().SingleOrDefaultAsync(x => x.Id == plan.SourceId, cancellationToken)
            ?? throw new MigrateException("source.unknown", $"The source of the plan '{plan.Name}' was removed.", "Add the source again and make a new plan.");
        var host = await db.KvmHosts.AsNoTracking().SingleOrDefaultAsync(x => x.Id == plan.KvmHostId, cancellationToken);
        var inventory = await inventories.LoadAsync(plan.SourceId, null, cancellationToken)
            ?? throw new MigrateException("inventory.none", $"The source of the plan '{plan.Name}' has no inventory.", "Synchronise the source's inventory.");
        var planned = await db.PlanVms.AsNoTracking().Where(x => x.PlanId == planId).Select(x => new { x.VmKey, x.Disks }).ToListAsync(cancellationToken);
        var vms = inventory.Vms.ToDictionary(x => x.Key);
        List<ProbedVm> probed =
        [
            .. planned.Where(x => vms.ContainsKey(x.VmKey))
                .Select(x => new ProbedVm(vms[x.VmKey], JsonSerializer.Deserialize(x.Disks, PlannerJson.Default.IReadOnlyListPlannedDisk)!)),
        ];
        var (session, refused) = await LoginAsync(source, cancellationToken);
        await using (session)
        {
            var (tried, findings) = await RunAsync(probes, new ProbeContext(inventory, probed, session) { Host = host, Policy = PlannerJson.Read(plan.Policy, PlannerJson.Default.PlanPolicy) }, cancellationToken);
            IReadOnlyList<ProbeFinding> all = [.. new[] { refused }.OfType<ProbeFinding>().Concat(findings).OrderByDescending(x => x.Concern.Severity)];
            return await checks.SaveAsync(planId, started, time.GetUtcNow().UtcDateTime, 1 + tried, all, cancellationToken);
        }
    }

    /// <summary>All probes beside one another. One that cannot be carried out is a finding of its own, and the others keep theirs.</summary>
    internal static async Task<(int Tried, IReadOnlyList<ProbeFinding> Findings)> RunAsync(
        IEnumerable<IConcernProbe> probes, ProbeContext context, CancellationToken cancellationToken)
    {
        var results = await Task.WhenAll(probes.Where(probe => context.Session is not null || !probe.NeedsSource).Select(probe => TryAsync(probe, context, cancellationToken)));
        return (results.Sum(x => x.Tried), [.. results.SelectMany(x => x.Findings)]);
    }

    private static async Task<ProbeResult> TryAsync(IConcernProbe probe, ProbeContext context, CancellationToken cancellationToken)
    {
        try
        {
            return await probe.RunAsync(context, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return new ProbeResult(1, [new ProbeFinding(null, probe.Description.Find(
                ConcernSeverity.Critical, "this check", $"It could not be tried: {e.Message}", (e as MigrateException)?.Remedy ?? "Mend what the message says and check again."))]);
        }
    }

    private async Task<(SourceSession? Session, ProbeFinding? Refused)> LoginAsync(Source source, CancellationToken cancellationToken)
    {
        try
        {
            return (await sources.ConnectAsync(source, cancellationToken), null);
        }
        catch (MigrateException e)
        {
            return (null, new ProbeFinding(null, ProbeDescriptions.Login.Find(
                ConcernSeverity.Critical, source.Name, $"The source '{source.Name}' could not be asked: {e.Message}", e.Remedy ?? "Mend what the message says and check again.")));
        }
    }
}
