using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Api.Hosting;
using Migrate.Api.Reports.Formats;
using Migrate.Api.Runs;
using Migrate.Executor.Destinations;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Targets;
using Migrate.Planner;
using Migrate.Planner.Baselines.Trust;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Target.Admin;

namespace Migrate.Api.Reports.Readiness;

/// <summary>Collects a readiness report: a question per table, whatever the number of VMs.</summary>
internal sealed class ReadinessMaker(IDbContextFactory<MigrateDb> databases, InventoryStore inventories, PlanChecks checks, ITargetControl target, TimeProvider time)
{
    public async Task<ReadinessReport> MakeAsync(string name, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var plan = await PlanOfReport.FindAsync(db, name, cancellationToken);
        var planned = await db.PlanVms.AsNoTracking().Where(x => x.PlanId == plan.Plan.Id).OrderBy(x => x.Wave).ThenBy(x => x.Position).ThenBy(x => x.Id).ToListAsync(cancellationToken);
        var inventory = await inventories.LoadAsync(plan.Plan.SourceId, plan.Plan.InventoryVersion, cancellationToken)
            ?? throw new MigrateException("inventory.none", $"The inventory that plan '{plan.Plan.Name}' was made against is gone.", "Synchronise the source, and make the plan again.");
        var keys = planned.Select(x => x.VmKey).ToHashSet();
        var present = inventory.Vms.Where(x => keys.Contains(x.Key)).ToDictionary(x => x.Key);
        var check = await checks.LatestAsync(plan.Plan.Id, cancellationToken);
        var overrides = await db.ConcernOverrides.AsNoTracking().Where(x => x.PlanId == plan.Plan.Id).OrderBy(x => x.GivenAt).ToListAsync(cancellationToken);
        var version = await db.WaveVersions.AsNoTracking().Where(x => x.PlanId == plan.Plan.Id).OrderByDescending(x => x.Number).FirstOrDefaultAsync(cancellationToken);
        var moves = version is null ? [] : (await db.WaveMoves.AsNoTracking().Where(x => x.VersionId == version.Id).OrderBy(x => x.Position).Select(x => x.Body).ToListAsync(cancellationToken))
            .ConvertAll(x => PlannerJson.Read(x, PlannerJson.Default.VmMove));
        var phases = (await db.Runs.AsNoTracking().Where(x => x.PlanId == plan.Plan.Id && x.Phase != RunPhase.RolledBack).OrderBy(x => x.CreatedAt).Select(x => new { x.VmKey, x.Phase }).ToListAsync(cancellationToken))
            .GroupBy(x => x.VmKey).ToDictionary(x => x.Key, x => x.Last().Phase);
        var facts = new ReadinessFacts
        {
            Now = time.GetUtcNow().UtcDateTime,
            Plan = plan,
            Inventory = inventory,
            Vms = planned,
            Present = present,
            Check = check,
            Found = PlanChecks.Findings(check),
            Overrides = overrides,
            Known = await BaselineKnowledge.LoadAsync(db, plan.Plan.SourceId, inventory, [.. present.Values], cancellationToken),
            Version = version,
            Moves = moves.ToDictionary(x => x.Key),
            Phases = phases,
            Failed = await VerdictHolds.OfPlanAsync(db, plan.Plan.Id, cancellationToken),
        };
        var vms = facts.Vms.ConvertAll(facts.VmOf);
        var capacity = await CapacityAsync(db, facts, vms, cancellationToken);
        var concerns = facts.Concerns();
        var baselines = Baselines(facts);
        return new ReadinessReport
        {
            ToolVersion = ProductVersion.Value,
            GeneratedAt = facts.Now,
            Answer = ReadinessAnswer.Of(facts, vms, concerns, baselines, capacity),
            Plan = plan.Plan.Name,
            Source = plan.Source,
            Host = plan.Host.Name,
            InventoryVersion = plan.Plan.InventoryVersion,
            InventoryTakenAt = inventory.TakenAt,
            CheckedAt = check?.StartedAt,
            Totals = new ReadinessTotals(
                vms.Count, vms.Count(x => x.State == VmReadiness.Ready), vms.Count(x => x.State == VmReadiness.Blocked), vms.Count(x => x.State == VmReadiness.Begun), vms.Count(x => x.State == VmReadiness.Moved),
                vms.Sum(x => x.CapacityBytes), vms.Sum(x => x.CopyBytes), vms.Sum(x => x.Critical), vms.Sum(x => x.Warnings), vms.Sum(x => x.Information)),
            Vms = vms,
            Concerns = concerns,
            AcceptedRisks = AcceptedRisks.Of(overrides),
            Baselines = baselines,
            Capacity = capacity,
            Waves = Waves(facts, vms),
            WaveVersion = version is null ? null : new ReadinessWaveVersion(
                version.Number, version.MadeAt, version.ApprovedAt, version.ApprovedBy, version.ApprovedBecause, PlannerJson.Read(version.Assumptions, PlannerJson.Default.IReadOnlyListString)),
            FailedVerdicts = facts.Failed,
        };
    }

    private static ReadinessBaselines Baselines(ReadinessFacts facts)
    {
        List<BaselineTrust> trusts = [.. facts.Vms.Select(x => facts.Known.Facts.GetValueOrDefault(x.VmKey)?.Trust).OfType<BaselineTrust>()];
        return new ReadinessBaselines(
            trusts.Count(x => x.Level == TrustLevel.High), trusts.Count(x => x.Level == TrustLevel.Medium), trusts.Count(x => x.Level == TrustLevel.Low), facts.Vms.Count - trusts.Count,
            [
                .. trusts.SelectMany(x => x.Reasons.DistinctBy(y => y.Code)).GroupBy(x => x.Code).OrderBy(x => x.Min(y => y.AtMost)).ThenByDescending(x => x.Count())
                    .Select(x => new ReadinessDoubt(x.Key, x.Min(y => y.AtMost).ToString(), x.Count(), x.First().Message, x.First().Remedy)),
            ]);
    }

    private static List<ReadinessWave> Waves(ReadinessFacts facts, List<ReadinessVm> vms)
    {
        var planned = facts.Version is null ? [] : PlannerJson.Read(facts.Version.Schedule, PlannerJson.Default.WaveSchedule).Waves.ToDictionary(x => x.Number);
        // What the newest version moves elsewhere is shown there; what it leaves out is where the plan has it.
        return
        [
            .. vms.GroupBy(x => facts.Moves.TryGetValue(x.VmKey, out var move) ? move.Wave : x.Wave).OrderBy(x => x.Key).Select(x =>
            {
                var wave = planned.GetValueOrDefault(x.Key);
                return new ReadinessWave(
                    x.Key, x.Count(), x.Count(y => y.State == VmReadiness.Blocked), x.Sum(y => y.CopyBytes), wave?.Windows, wave?.CopyStart, wave?.FirstCutover, wave?.LastCutover,
                    x.Select(y => y.DowntimeSeconds).OfType<BandView>().MaxBy(y => y.Likely));
            }),
        ];
    }

    private async Task<IReadOnlyList<ReadinessCapacity>> CapacityAsync(MigrateDb db, ReadinessFacts facts, List<ReadinessVm> vms, CancellationToken cancellationToken)
    {
        var left = vms.Where(x => x.State is VmReadiness.Ready or VmReadiness.Blocked).ToList();
        return [await StorageAsync(db, facts, left, cancellationToken), .. HostCapacity(facts, left)];
    }

    private async Task<ReadinessCapacity> StorageAsync(MigrateDb db, ReadinessFacts facts, List<ReadinessVm> left, CancellationToken cancellationToken)
    {
        var (held, whole) = (left.Sum(x => x.CopyBytes), left.Sum(x => x.CapacityBytes));
        try
        {
            var asked = facts.Vms.SelectMany(facts.DisksOf).Select(x => x.NamespaceUuid).ToHashSet();
            var (space, _) = await TargetSpace.OfAsync(db, target, asked, cancellationToken);
            var room = Math.Max(0, space.LeftBytes);
            var (standing, statement) = held > room ? (Standing.Bad, "The disks do not fit by what they hold.")
                : whole > space.FreeBytes - space.PromisedBytes ? (Standing.Attention, $"They fit by what they hold. Full, they would take {Text.Bytes(whole)}, and what is there already may grow by {Text.Bytes(space.PromisedBytes)}: watch the file system.")
                : (Standing.Good, $"They fit even when all of them are full ({Text.Bytes(whole)}).");
            return new ReadinessCapacity("storage", "bytes", held, room, standing, $"{statement} The target keeps them in {space.Directory}.");
        }
        catch (Exception e) when (e is MigrateException or TargetException or HttpRequestException)
        {
            return new ReadinessCapacity("storage", "bytes", held, null, Standing.Attention, $"The target could not be asked: {e.Message}");
        }
    }

    private static IEnumerable<ReadinessCapacity> HostCapacity(ReadinessFacts facts, List<ReadinessVm> left)
    {
        KvmHostFacts? host = null;
        try
        {
            host = StoredFacts.Read(facts.Plan.Host);
        }
        catch (JsonException)
        {
            // It was never probed, which is said.
        }

        var memory = left.Sum(x => x.MemoryBytes);
        long? available = host is null ? null : host.AvailableBytes ?? host.MemoryBytes;
        var probed = host?.ReadAt is { } at ? $" as read {Text.Time(at)}" : "";
        yield return new ReadinessCapacity(
            "memory", "bytes", memory, available, available is null || memory > available ? Standing.Attention : Standing.Good,
            available is null ? "The host was never probed." : memory > available ? $"More than the host has free{probed}: domains that do not fit are not started." : $"The host has it free{probed}.");
        var cpus = left.Sum(x => (long)x.Cpus);
        var largest = left.Select(x => x.Cpus).DefaultIfEmpty().Max();
        yield return new ReadinessCapacity(
            "CPUs", "CPUs", cpus, host?.Cpus, host is null || largest > host.Cpus ? Standing.Attention : Standing.Good,
            host is null ? "The host was never probed."
            : largest > host.Cpus ? $"A VM has {largest} vCPUs, more than the host has CPUs."
            : FormattableString.Invariant($"{(double)cpus / Math.Max(1, host.Cpus):0.0} vCPUs for each CPU of the host."));
    }
}
