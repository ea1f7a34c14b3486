using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Destinations;
using Migrate.Executor.Runs.Steps;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.Waves;

namespace Migrate.Executor.Waves;

/// <summary>Gathers what the waves of a plan are planned from: inventory, baselines, limits, the host, runs that are under way, and the operator's rules.</summary>
public sealed class WaveInputs(
    IDbContextFactory<MigrateDb> databases, InventoryStore inventories, LimitStore limits, RunDestination destination, ExecutorOptions options, ReachedRates reached, ReachedDowntimes downtimes, TimeProvider time)
{
    private const int FurthestYears = 10;

    /// <exception cref="MigrateException">wave.rules-invalid with all that is wrong; inventory.none; host.not-probed; copy.limit-invalid.</exception>
    internal async Task<WaveInput> BuildAsync(Plan plan, WaveRules rules, SettledMoves settled, CancellationToken cancellationToken)
    {
        List<string> problems = [.. rules.Missing()];
        Refuse(problems);
        rules = rules.InUtc();
        var now = time.GetUtcNow().UtcDateTime;
        if (rules.Start > now.AddYears(FurthestYears))
        {
            problems.Add($"start is {rules.Start:u}, and may be {FurthestYears} years from now at most");
        }

        if (rules.RateFactor is <= 0 or > 1000)
        {
            problems.Add($"rateFactor is {rules.RateFactor}, and must be more than 0 and no more than 1000");
        }

        // What is over cannot be planned any more.
        var start = rules.Start > now ? rules.Start.Value : now;
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
        var policy = PlannerJson.Read(plan.Policy, PlannerJson.Default.PlanPolicy);
        var known = await BaselineKnowledge.LoadAsync(db, plan.SourceId, inventory, vms, cancellationToken);
        var capacities = new WaveCapacities(await limits.ListAsync(cancellationToken), ofRules, start, time.LocalTimeZone);
        var target = await destination.AddressAsync(cancellationToken);
        var (factor, factorFrom) = rules.RateFactor is { } given ? (given, "the rules") : await reached.FactorAsync(plan.SourceId, cancellationToken);
        var server = source.Kind == SourceKind.VSphere ? new Uri(source.Url).Host : source.Name;
        var hosts = inventory.Hosts.ToDictionary(x => x.Key, x => x.Name);
        var datastores = inventory.Datastores.ToDictionary(x => x.Key, x => x.Name);
        var seen = await downtimes.FixedAsync(plan.SourceId, plan.KvmHostId, cancellationToken);
        var forecasts = new MoveForecast(policy, options.CopyLimits.PerVm, factor, seen?.Seconds);
        List<WaveVm> wave = [];
        for (var i = 0; i < moving.Count; i++)
        {
            var vm = vms[i];
            var rule = rules.Vms.FirstOrDefault(x => WaveGroups.Names(x.Vm, vm));
            var disks = JsonSerializer.Deserialize(moving[i].Disks, PlannerJson.Default.IReadOnlyListPlannedDisk)!;
            problems.AddRange(disks.Where(x => x.Reader == ReaderChoice.None).Take(1).Select(x => $"{vm.Name}: nothing can read {x.Label} ('migrate plan show {plan.Name}' says why)"));
            IEnumerable<string> servers = vm.HostKey is { } key && hosts.TryGetValue(key, out var esx) && esx != server ? [server, esx] : [server];
            wave.Add(forecasts.Of(vm, moving[i].Mode, disks, known.Facts.GetValueOrDefault(vm.Key), rule?.ChangeBytesPerSecond) with
            {
                Windows = rule?.Windows,
                NotBefore = rule?.NotBefore,
                Uses = capacities.UsesOf(servers, disks, datastores, target),
            });
        }

        var all = planned.Where(x => present.ContainsKey(x.VmKey)).Select(x => present[x.VmKey]).ToList();
        problems.AddRange(rules.Vms.Where(x => !all.Exists(vm => WaveGroups.Names(x.Vm, vm))).Select(x => $"no VM of the plan is called '{x.Vm}'"));
        var groups = WaveGroups.Of(rules, inventory, all, vms, problems);
        Refuse(problems);
        // With what has moved or is under way: what comes after that goes by it, too, if it is taken back.
        var order = WaveGroups.Of(rules, inventory, all, all, []);
        var apart = WaveGroups.Apart(inventory, vms.Select(x => x.Key).ToHashSet());

        return new WaveInput(
            new WaveRequest
            {
                Start = start,
                Days = rules.Days,
                Vms = wave,
                Windows = windows.Count == 0 ? OfPlan(policy) : windows,
                Blackouts = rules.Blackouts,
                Groups = groups,
                Capacities = capacities.Used,
                Hosts = [Destination(host, rules.CpuOvercommit)],
                CutoversAtOnce = rules.CutoversAtOnce,
                CopiesAtOnce = rules.CopiesAtOnce,
                Operators = rules.Operators,
                AttentionMinutes = rules.AttentionMinutes,
                Seed = rules.Seed,
                FirstWave = 1 + planned.Where(x => runs.ContainsKey(x.VmKey)).Select(x => x.Wave).DefaultIfEmpty().Max(),
                Pins = settled.Pins(runs, rules, vms, groups, start, start.AddDays(rules.Days)),
            },
            [
                .. forecasts.Assumptions,
                .. capacities.Assumptions,
                .. If(apart.Count > 0, $"{apart.Count} DRS rules keep VMs of the plan on different hosts; it has one, so that they are not kept."),
                .. If(windows.Count == 0 && policy.CutOverWindows.Count > 0, "The rules have no windows: those of the plan are taken."),
                .. If(factor != 1, $"Expected rates are multiplied by {factor:0.##}, from {factorFrom}."),
                .. seen is var (seconds, cutovers) ? [string.Create(CultureInfo.InvariantCulture, $"Shutting down, starting and booting are forecast from {cutovers} cutovers of this source to this host: {seconds.Likely:0} s, {seconds.Low:0} to {seconds.High:0} s.")] : (string[])[],
                .. Gone(planned, present),
            ],
            order);
    }

    private static IEnumerable<string> If(bool isSo, string text) => isSo ? [text] : [];

    private static void Refuse(List<string> problems)
    {
        if (problems.Count > 0)
        {
            throw new WaveProblemsException("wave.rules-invalid", "The rules cannot be used", "Correct what is named, and plan again.", problems);
        }
    }

    private static IReadOnlyList<WindowSet> OfPlan(PlanPolicy policy) =>
        policy.CutOverWindows.Count == 0 ? [] : [new WindowSet("plan", "UTC", [], [.. policy.CutOverWindows.Select(x => new SingleWindow(x.From, x.To))])];

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
/// <param name="Order">Groups of all VMs of the plan, those that have moved as well.</param>
internal sealed record WaveInput(WaveRequest Request, IReadOnlyList<string> Assumptions, IReadOnlyList<MoveGroup> Order);
