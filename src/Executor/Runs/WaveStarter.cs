using System.Diagnostics;
using System.Data;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Destinations;
using Migrate.Executor.Jobs;
using Migrate.Executor.Preflight;
using Migrate.Executor.Probes;
using Migrate.Executor.Runs.Gates;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Offline;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Runs;

/// <summary>Starts the runs of one wave, all or none.</summary>
public sealed class WaveStarter(
    IDbContextFactory<MigrateDb> databases, InventoryStore inventories, ConcernOverrides overrides, PlanChecks checks, KvmHostProbe hosts, ReaderMeans means, IJobEngine jobs, RunLog log,
    TimeProvider time)
{
    /// <summary>
    /// Judges the wave's VMs again on the latest inventory and the KVM host as it is now, creates their runs and asks for their first steps.
    /// Throws <see cref="WaveRefusedException"/> with every reason when any VM may not start.
    /// </summary>
    public async Task<IReadOnlyList<Run>> StartAsync(Guid planId, int wave, CancellationToken cancellationToken)
    {
        if (wave < 1)
        {
            throw new MigrateException("plan.wave-unplanned", "VMs without a wave are not started.", "Plan the waves of the plan ('migrate wave plan') and have that version approved.");
        }

        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var plan = await db.Plans.AsNoTracking().SingleOrDefaultAsync(x => x.Id == planId, cancellationToken)
            ?? throw new MigrateException("plan.unknown", $"There is no plan {planId}.", "List the plans and use one of their names or ids.");
        var vms = await db.PlanVms.AsNoTracking().Where(x => x.PlanId == planId && x.Wave == wave).OrderBy(x => x.VmName).ToListAsync(cancellationToken);
        if (vms.Count == 0)
        {
            throw new MigrateException("plan.wave-empty", $"The plan '{plan.Name}' has no VM in wave {wave}.", "Show the plan to see its waves.");
        }

        var inventory = await inventories.LoadAsync(plan.SourceId, null, cancellationToken)
            ?? throw new MigrateException(
                "inventory.none", $"The source of the plan '{plan.Name}' has no inventory.", "Synchronise the source's inventory, then start the wave.");
        var source = await db.Sources.AsNoTracking().SingleAsync(x => x.Id == plan.SourceId, cancellationToken);
        var host = await db.KvmHosts.AsNoTracking().SingleAsync(x => x.Id == plan.KvmHostId, cancellationToken);

        var probed = PlanChecks.Findings(await checks.LatestAsync(planId, cancellationToken));
        List<WaveRefusal> ofHost = [.. HostRefusals(host)];
        if (ofHost.Count == 0)
        {
            probed = await JudgeHostAsync(db, host, PlannerJson.Read(plan.Policy, PlannerJson.Default.PlanPolicy), inventory, vms, probed, cancellationToken);
        }

        HashSet<string> planned = [.. await db.PlanVms.Where(x => x.PlanId == planId).Select(x => x.VmKey).ToListAsync(cancellationToken)];
        var surroundings = await PlanSurroundings.LoadAsync(
            db, plan.SourceId, inventory, [.. inventory.Vms.Where(x => planned.Contains(x.Key))], host, means, time, cancellationToken);

        var policy = PlannerJson.Read(plan.Policy, PlannerJson.Default.PlanPolicy);
        var present = inventory.Vms.ToDictionary(x => x.Key);
        Dictionary<string, IReadOnlyList<Concern>> found = vms.Where(x => present.ContainsKey(x.VmKey)).ToDictionary(
            x => x.VmKey, IReadOnlyList<Concern> (x) => [.. surroundings.Judge(present[x.VmKey], x.Mode, policy), .. PlanChecks.Of(probed, x.VmKey)]);
        var holding = await overrides.HoldingAsync(planId, found, cancellationToken);

        // Serializable: of two starts at once the second must see the runs of the first.
        await using var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.Serializable, cancellationToken);
        // What was judged is what is started: whoever brings VMs into any wave may plan all disks anew, and whoever approves waves says anew who moves when.
        var still = await db.PlanVms.AsNoTracking().Where(x => x.PlanId == planId && x.Wave == wave).ToListAsync(cancellationToken);
        var planNow = await db.Plans.AsNoTracking().Where(x => x.Id == planId).Select(x => new { x.InventoryVersion, x.Policy, x.VmsChangedAt }).SingleOrDefaultAsync(cancellationToken);
        if (planNow is null || (planNow.InventoryVersion, planNow.Policy, planNow.VmsChangedAt) != (plan.InventoryVersion, plan.Policy, plan.VmsChangedAt)
            || !still.Select(Started).ToHashSet().SetEquals(vms.Select(Started))
            || !await db.KvmHosts.AnyAsync(x => x.Id == host.Id && x.Uri == host.Uri && x.DomainType == host.DomainType && x.Attachment == host.Attachment && x.TargetAddresses == host.TargetAddresses, cancellationToken))
        {
            throw new MigrateException("plan.changed.busy", $"The plan '{plan.Name}' or its host was changed while its wave {wave} was judged.", "Look at the plan again, and start the wave once more.");
        }

        var claims = await VmClaims.FindAsync(db, plan.SourceId, [.. vms.Select(x => new ClaimedVm(x.VmKey, [.. DisksOf(x).Select(disk => disk.NamespaceUuid)]))], cancellationToken);
        List<WaveRefusal> refusals = [.. SourceRefusals(source), .. ofHost, .. await VerdictRefusalsAsync(db, vms, cancellationToken), .. VmRefusals(vms, plan, found, holding, claims)];
        if (refusals.Count > 0)
        {
            throw new WaveRefusedException(
                $"Wave {wave} of the plan '{plan.Name}' was not started: {string.Join("; ", refusals.Select(x => $"{x.Subject}: {x.Message}"))}", refusals);
        }

        // A namespace may still be granted by an earlier run of its VM: the target must find every epoch of this one newer. Runs that were rolled back may be deleted with
        // their plan; no lease is taken a thousand times a second, so that the clock is ahead of what they had.
        var epoch = Math.Max(await db.Runs.MaxAsync(x => (long?)x.LeaseEpoch, cancellationToken) ?? 0, time.GetUtcNow().ToUnixTimeMilliseconds());
        var runs = vms.Select(vm => Create(db, plan, vm, epoch)).ToList();
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        foreach (var run in runs)
        {
            await log.WriteAsync(run.Id, run.Phase, RunLog.Info, $"Started by wave {wave} of the plan '{plan.Name}'{(run.DueAt > run.CreatedAt ? $"; it begins at {run.DueAt:u}, as its waves were approved" : "")}.", cancellationToken);
            foreach (var given in holding.Where(x => x.Key.VmKey == run.VmKey).Select(x => x.Value))
            {
                await log.WriteAsync(
                    run.Id, run.Phase, RunLog.Warning, $"Started in spite of {given.ConcernId}: {given.GivenBy} gave the reason '{given.Reason}' on {given.GivenAt:u}.", cancellationToken);
            }

            await jobs.ScheduleAsync(run.Id, RunPhases.QueueOf(run.Phase, null), new DateTimeOffset(run.DueAt!.Value, TimeSpan.Zero), cancellationToken);
        }

        return runs;
    }

    /// <summary>What the check found of the host is replaced by what is so now, and the facts that rules of plans judge by are those that were read now.</summary>
    private async Task<IReadOnlyList<ProbeFinding>> JudgeHostAsync(
        MigrateDb db, KvmHost host, PlanPolicy policy, SourceInventory inventory, IReadOnlyList<PlanVm> wave, IReadOnlyList<ProbeFinding> probed, CancellationToken cancellationToken)
    {
        var keys = wave.Select(x => x.VmKey).ToHashSet();
        ProbeContext context = new(inventory, [.. inventory.Vms.Where(x => keys.Contains(x.Key)).Select(x => new ProbedVm(x, []))], Session: null) { Host = host, Policy = policy };
        var (facts, now) = await hosts.AskAsync(context, host, cancellationToken);
        if (facts is not null)
        {
            host.Facts = StoredFacts.Write(facts);
            await db.KvmHosts.Where(x => x.Id == host.Id && x.Uri == host.Uri).ExecuteUpdateAsync(set => set.SetProperty(x => x.Facts, host.Facts), cancellationToken);
        }

        return [.. probed.Where(x => !KvmHostProbe.Finds(x.Concern.Id)), .. now];
    }

    private static (Guid Id, MigrationMode Mode, string Disks, DateTime? BeginAt, DateTime? CutOverAt, DateTime? CutOverUntil) Started(PlanVm vm) =>
        (vm.Id, vm.Mode, vm.Disks, vm.BeginAt, vm.CutOverAt, vm.CutOverUntil);

    private static IEnumerable<WaveRefusal> SourceRefusals(Source source)
    {
        if (!OfflineSources.HasDisks(source))
        {
            var offline = OfflineSources.NoServer(source);
            yield return new WaveRefusal(source.Name, offline.Code, offline.Message, offline.Remedy);
        }
    }

    /// <summary>What failed in an earlier wave may fail in this one.</summary>
    private static async Task<IEnumerable<WaveRefusal>> VerdictRefusalsAsync(MigrateDb db, List<PlanVm> wave, CancellationToken cancellationToken)
    {
        var failed = await VerdictHolds.OfPlanAsync(db, wave[0].PlanId, cancellationToken);
        return wave.SelectMany(x => VerdictHolds.For(failed, x.Wave, x.VmKey)).Distinct().Where(x => x.Holds)
            .Select(x => new WaveRefusal(x.VmName, "run.verdict-holds", $"{x.Line} It holds the later waves of the plan", x.Remedy));
    }

    private static IEnumerable<WaveRefusal> HostRefusals(KvmHost host)
    {
        if (host is { DomainType: not ("kvm" or "qemu"), ProbedDomainType: null })
        {
            yield return new WaveRefusal(
                host.Name, "host.not-probed", "nobody knows yet whether KVM works on this host", "Probe the host, or set its domain type.");
        }
    }

    private static IEnumerable<WaveRefusal> VmRefusals(
        IReadOnlyList<PlanVm> planned, Plan plan, Dictionary<string, IReadOnlyList<Concern>> found,
        IReadOnlyDictionary<(string VmKey, string ConcernId), ConcernOverride> holding, IReadOnlyList<VmClaim> claims)
    {
        var claimed = claims.DistinctBy(x => x.VmKey).ToDictionary(x => x.VmKey);
        foreach (var each in planned)
        {
            if (claimed.TryGetValue(each.VmKey, out var claim))
            {
                yield return new WaveRefusal(
                    each.VmName,
                    "run.active",
                    $"a run of this VM (plan '{claim.PlanName}'{claim.Whose}) is {claim.Phase}, and its namespaces hold the VM's data",
                    claim.Phase == RunPhase.Completed ? "Roll that run back if the VM is to be moved again." : "Wait for that run, retry it, or roll it back first.");
            }

            if (!found.TryGetValue(each.VmKey, out var concerns))
            {
                yield return new WaveRefusal(
                    each.VmName, "source.vm-vanished", "the newest inventory no longer has this VM", "Synchronise the inventory and plan the VM anew.");
                continue;
            }

            foreach (var concern in concerns.Where(x => x.Severity == ConcernSeverity.Critical && !holding.ContainsKey((each.VmKey, x.Id))))
            {
                yield return new WaveRefusal(each.VmName, concern.Id, $"{concern.Label} ({concern.Subject}): {concern.Assessment}", concern.Remedy);
            }
        }
    }

    private Run Create(MigrateDb db, Plan plan, PlanVm vm, long epoch)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var run = new Run
        {
            Id = Guid.CreateVersion7(time.GetUtcNow()),
            PlanId = plan.Id,
            PlanVmId = vm.Id,
            VmKey = vm.VmKey,
            VmName = vm.VmName,
            Wave = vm.Wave,
            Phase = RunPhase.Planned,
            ResumePhase = RunPhase.Planned,
            CreatedAt = now,
            DueAt = vm.BeginAt > now ? vm.BeginAt : now,
            LeaseEpoch = epoch,
            TraceParent = Activity.Current?.Id,
        };
        db.Runs.Add(run);
        foreach (var disk in DisksOf(vm))
        {
            db.RunDisks.Add(new RunDisk
            {
                Id = Guid.NewGuid(),
                RunId = run.Id,
                DiskKey = disk.Key,
                Label = disk.Label,
                CapacityBytes = disk.CapacityBytes,
                Reader = disk.Reader,
                NamespaceUuid = disk.NamespaceUuid,
            });
        }

        return run;
    }

    private static IReadOnlyList<PlannedDisk> DisksOf(PlanVm vm) => JsonSerializer.Deserialize(vm.Disks, PlannerJson.Default.IReadOnlyListPlannedDisk)!;
}
