using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Destinations;
using Migrate.Executor.Runs.Steps;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Waves;

namespace Migrate.Executor.Waves;

/// <summary>Gathers what the waves of a plan are planned from: inventory, baselines, limits, the host, runs that are under way, and the operator's rules.</summary>
public sealed class WaveInputs(
    IDbContextFactory<MigrateDb> databases, InventoryStore inventories, LimitStore limits, RunDestination destination, ExecutorOptions options, ReachedRates reached, TimeProvider time)
{
    /// <exception cref="MigrateException">wave.rules-invalid with all that is wrong; inventory.none; host.not-probed; copy.limit-invalid.</exception>
    internal async Task<WaveInput> BuildAsync(Plan plan, WaveRules rules, SettledMoves settled, CancellationToken cancellationToken)
    {
        List<string> problems = [];
        var windows = rules.Windows.Select(x => WindowText.Parse(x, problems)).ToList();
        var ofRules = ThrottleText.Parse(rules.Limits);
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var inventory = await inventories.LoadAsync(plan.SourceId, plan.InventoryVersion, cancellationToken)
            ?? throw new MigrateException("inventory.none", $"The inventory that plan '{plan.Name}' was made against is gone.", "Synchronise the source, and make the plan again.");
        var source = await db.Sources.AsNoTracking().SingleAsync(x => x.Id == plan.SourceId, cancellationToken);
        var host = await db.KvmHosts.AsNoTracking().SingleAsync(x => x.Id == plan.KvmHostId, cancellationToken);
        var planned = await db.PlanVms.AsNoTracking().Where(x => x.PlanId == plan.Id).OrderBy(x => x.Position).ToListAsync(cancellationToken);
        var runs = await PhasesAsync(db, plan.Id, cancellationToken);
        var present = inventory.Vms.ToDictionary(x => x.Key);
        var moving = planned.Where(x => runs.GetValueOrDefault(x.VmKey) is not RunPhase.Completed && present.ContainsKey(x.VmKey)).ToList();
        var vms = moving.ConvertAll(x => present[x.VmKey]);
        var known = await BaselineKnowledge.LoadAsync(db, plan.SourceId, inventory, vms, cancellationToken);
        var capacities = new WaveCapacities(await limits.ListAsync(cancellationToken), ofRules, rules.Start ?? time.GetUtcNow().UtcDateTime, time.LocalTimeZone);
        var target = await destination.AddressAsync(cancellationToken);
        var (factor, factorFrom) = rules.RateFactor is { } given ? (given, "the rules") : await reached.FactorAsync(plan.SourceId, cancellationToken);
        var server = source.Kind == SourceKind.VSphere ? new Uri(source.Url).Host : source.Name;
        var hosts = inventory.Hosts.ToDictionary(x => x.Key, x => x.Name);
        var datastores = inventory.Datastores.ToDictionary(x => x.Key, x => x.Name);
        var forecasts = new MoveForecast(PlannerJson.Read(plan.Policy, PlannerJson.Default.PlanPolicy), options.CopyLimits.PerVm, factor);
        List<WaveVm> wave = [];
        for (var i = 0; i < moving.Count; i++)
        {
            var vm = vms[i];
            var rule = rules.Vms.FirstOrDefault(x => WaveGroups.Names(x.Vm, vm));
            var disks = JsonSerializer.Deserialize(moving[i].Disks, PlannerJson.Default.IReadOnlyListPlannedDisk)!;
            IEnumerable<string> servers = vm.HostKey is { } key && hosts.TryGetValue(key, out var esx) && esx != server ? [server, esx] : [server];
            wave.Add(forecasts.Of(vm, moving[i].Mode, disks, known.Facts.GetValueOrDefault(vm.Key), rule?.ChangeBytesPerSecond) with
            {
                Windows = rule?.Windows,
                NotBefore = rule?.NotBefore,
                Uses = capacities.UsesOf(servers, disks, datastores, target),
            });
        }

        problems.AddRange(rules.Vms.Where(x => !vms.Exists(vm => WaveGroups.Names(x.Vm, vm))).Select(x => $"no VM of the plan is called '{x.Vm}'"));
        var groups = WaveGroups.Of(rules, inventory, vms, problems);
        if (problems.Count > 0)
        {
            throw new MigrateException("wave.rules-invalid", $"The rules cannot be used: {string.Join("; ", problems)}.", "Correct what is named, and plan again.");
        }

        return new WaveInput(
            new WaveRequest
            {
                Start = rules.Start ?? time.GetUtcNow().UtcDateTime,
                Days = rules.Days,
                Vms = wave,
                Windows = windows,
                Blackouts = rules.Blackouts,
                Groups = groups,
                Apart = WaveGroups.Apart(inventory, vms.Select(x => x.Key).ToHashSet()),
                Capacities = capacities.Used,
                Hosts = [Destination(host, rules.CpuOvercommit)],
                CutoversAtOnce = rules.CutoversAtOnce,
                CopiesAtOnce = rules.CopiesAtOnce,
                Operators = rules.Operators,
                AttentionMinutes = rules.AttentionMinutes,
                Seed = rules.Seed,
                Pins = settled.Pins(runs, rules, vms, groups),
            },
            [.. forecasts.Assumptions, .. capacities.Assumptions, .. factor == 1 ? [] : new[] { $"Expected rates are multiplied by {factor:0.##}, from {factorFrom}." }, .. Gone(planned, present)]);
    }

    private static async Task<Dictionary<string, RunPhase>> PhasesAsync(MigrateDb db, Guid planId, CancellationToken cancellationToken)
    {
        var runs = await db.Runs.AsNoTracking().Where(x => x.PlanId == planId && x.Phase != RunPhase.RolledBack).OrderBy(x => x.CreatedAt)
            .Select(x => new { x.VmKey, x.Phase }).ToListAsync(cancellationToken);
        return runs.GroupBy(x => x.VmKey).ToDictionary(x => x.Key, x => x.Last().Phase);
    }

    private static IEnumerable<string> Gone(List<PlanVm> planned, Dictionary<string, Vm> present)
    {
        var gone = planned.Where(x => !present.ContainsKey(x.VmKey)).Select(x => x.VmName).ToList();
        return gone.Count == 0 ? [] : [$"{gone.Count} VMs of the plan are not in its inventory and were left out: {string.Join(", ", gone.Take(5))}."];
    }

    private static DestinationHost Destination(KvmHost host, double overcommit)
    {
        try
        {
            var facts = StoredFacts.Read(host);
            return new DestinationHost(
                host.Name, (int)(facts.Cpus * overcommit), facts.AvailableBytes ?? facts.MemoryBytes, null, [.. facts.Cells.Select(x => new DestinationNode((int)(x.Cpus.Count * overcommit), x.MemoryBytes))]);
        }
        catch (JsonException e)
        {
            throw new MigrateException("host.not-probed", $"Nothing is known of the KVM host '{host.Name}'.", $"Probe it: 'migrate host probe {host.Name}'.", e);
        }
    }
}

/// <param name="Request">What is planned.</param>
/// <param name="Assumptions">What was taken for granted since nothing told, for people.</param>
internal sealed record WaveInput(WaveRequest Request, IReadOnlyList<string> Assumptions);
