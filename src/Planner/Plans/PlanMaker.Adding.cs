using System.Data;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Plans;

public sealed partial class PlanMaker
{
    /// <summary>
    /// Brings VMs into a plan, all or none. A plan without runs is judged anew against the source's newest inventory, as if it had been made with all its VMs.
    /// Runs go by the inventory version of their plan, so that one that has some keeps it, and only VMs that it has can come in.
    /// </summary>
    /// <exception cref="PlanRefusedException">With all problems; nothing was changed.</exception>
    /// <exception cref="MigrateException">plan.unknown; plan.changed.busy when somebody else changed the plan or started a wave meanwhile.</exception>
    public async Task<PlanAddition> AddAsync(PlanAdditionRequest request, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        Plan plan = await FindPlanAsync(db, request.Plan, cancellationToken);
        List<PlanVm> planned = await db.PlanVms.Where(vm => vm.PlanId == plan.Id).OrderBy(vm => vm.Position).ToListAsync(cancellationToken);
        List<Guid> runs = await Active(db, plan.Id).Select(run => run.Id).ToListAsync(cancellationToken);
        List<int> begun = await db.Runs.Where(run => runs.Contains(run.Id)).Select(run => run.Wave).ToListAsync(cancellationToken);
        int? newest = await db.WaveVersions.Where(version => version.PlanId == plan.Id).MaxAsync(version => (int?)version.Number, cancellationToken);
        bool approved = await db.WaveVersions.AnyAsync(version => version.PlanId == plan.Id && version.ApprovedAt != null, cancellationToken);

        var problems = new List<PlanProblem>();
        PlanPolicy policy = Merged(plan, request, problems);
        int wave = WaveOf(request, planned, begun, approved, problems);
        KvmHost? host = await db.KvmHosts.AsNoTracking().SingleOrDefaultAsync(known => known.Id == plan.KvmHostId, cancellationToken);
        if (host is null)
        {
            problems.Add(new PlanProblem("plan.unknown-kvm-host", plan.Name, "The KVM host of this plan was removed.", "Make a plan for a host that there is."));
        }
        Source? source = await db.Sources.AsNoTracking().SingleOrDefaultAsync(known => known.Id == plan.SourceId, cancellationToken);
        if (source is null)
        {
            problems.Add(new PlanProblem("plan.unknown-source", plan.Name, "The source of this plan was removed.", "Add the source, and make a plan of its VMs."));
        }
        int version = begun.Count > 0 || source is null ? plan.InventoryVersion : (await FindVersionAsync(db, source, problems, cancellationToken))?.Number ?? plan.InventoryVersion;
        SourceInventory? inventory = source is null ? null : await inventories.LoadAsync(source.Id, version, cancellationToken);
        List<(string Asked, Vm Vm)> added = [];
        List<(string Asked, Vm Vm)> all = [];
        if (inventory is not null)
        {
            added = new VmChoice(inventory, begun.Count == 0 ? null : version).Choose(plan.Name, request.VmNames, problems);
            problems.AddRange(from one in added
                              where planned.Exists(vm => vm.VmKey == one.Vm.Key)
                              select new PlanProblem("plan.vm-already-planned", one.Vm.Name, $"'{one.Vm.Name}' is in the plan already.", "Leave it out."));
            all = [.. Known(planned, inventory, problems), .. added];
            // Of those that are under way nothing is decided anew.
            List<(string Asked, Vm Vm)> judged = begun.Count == 0 ? all : added;
            PlanRequest asked = new() { Name = plan.Name, SourceName = source!.Name, KvmHostName = host?.Name ?? "", VmNames = request.VmNames, Mode = plan.Mode, Policy = policy };
            problems.AddRange(MappedForOthers(plan, request, policy, inventory, planned));
            problems.AddRange(PolicyCheck.Check(policy, inventory, all));
            problems.AddRange(judged.SelectMany(one => IdentityProblems(one.Vm)));
            problems.AddRange(WarmProblems(asked, inventory, judged));
            await CheckClaimsAsync(db, source.Id, added, problems, cancellationToken);
        }
        if (problems.Count > 0)
        {
            throw new PlanRefusedException(plan.Name, problems, "was not changed");
        }

        PlanRequest whole = new() { Name = plan.Name, SourceName = source!.Name, KvmHostName = host!.Name, VmNames = request.VmNames, Mode = plan.Mode, Policy = policy };
        Surroundings surroundings = await PlanSurroundings.LoadAsync(db, plan.SourceId, inventory!, [.. all.Select(one => one.Vm)], host, means, time, cancellationToken);
        int last = planned.Select(vm => vm.Position).DefaultIfEmpty(-1).Max();
        List<PlanVm> rows = [.. added.Select((one, i) => PlannedVm(plan.Id, one.Vm, wave, last + 1 + i, whole, surroundings))];
        if (begun.Count == 0)
        {
            foreach (PlanVm vm in planned)
            {
                PlanVm anew = PlannedVm(plan.Id, all.First(one => one.Vm.Key == vm.VmKey).Vm, vm.Wave, vm.Position, whole, surroundings);
                (vm.VmName, vm.Mode, vm.Concerns, vm.Disks) = (anew.VmName, anew.Mode, anew.Concerns, anew.Disks);
                (vm.CriticalCount, vm.WarningCount, vm.InformationCount) = (anew.CriticalCount, anew.WarningCount, anew.InformationCount);
            }
        }
        (DateTime? seen, string before) = (plan.VmsChangedAt, plan.Policy);
        await using var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.Serializable, cancellationToken);
        // Runs that began go by what is there; an approval in between says which VMs a wave means.
        if (!await db.Plans.AsNoTracking().AnyAsync(known => known.Id == plan.Id && known.VmsChangedAt == seen && known.Policy == before, cancellationToken)
            || !(await Active(db, plan.Id).Select(run => run.Id).ToListAsync(cancellationToken)).ToHashSet().SetEquals(runs)
            || await db.WaveVersions.Where(made => made.PlanId == plan.Id).MaxAsync(made => (int?)made.Number, cancellationToken) != newest
            || await db.WaveVersions.AnyAsync(made => made.PlanId == plan.Id && made.ApprovedAt != null, cancellationToken) != approved)
        {
            throw ChangedMeanwhile(plan.Name);
        }
        plan.Policy = JsonSerializer.Serialize(policy, PlannerJson.Default.PlanPolicy);
        plan.InventoryVersion = version;
        plan.VmsChangedAt = time.GetUtcNow().UtcDateTime;
        db.PlanVms.AddRange(rows);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new PlanAddition(plan.Name, [.. rows.Select(row => row.VmName)], wave, version, newest);
    }

    private static IQueryable<Run> Active(MigrateDb db, Guid planId) => db.Runs.Where(run => run.PlanId == planId && run.Phase != RunPhase.RolledBack);

    internal static MigrateException ChangedMeanwhile(string name) => new(
        "plan.changed.busy", $"The plan '{name}' was changed, or one of its waves started, while this was decided.", "Look at the plan again, and decide anew.");

    internal static async Task<Plan> FindPlanAsync(MigrateDb db, string nameOrId, CancellationToken cancellationToken)
    {
        Guid id = Guid.TryParse(nameOrId, out Guid given) ? given : Guid.Empty;
        return await db.Plans.SingleOrDefaultAsync(plan => plan.Name == nameOrId, cancellationToken)
            ?? await db.Plans.SingleOrDefaultAsync(plan => plan.Id == id, cancellationToken)
            ?? throw new MigrateException("plan.unknown", $"There is no plan named '{nameOrId}'.", "See 'migrate plan list'.");
    }

    private static PlanPolicy Merged(Plan plan, PlanAdditionRequest request, List<PlanProblem> problems)
    {
        PlanPolicy policy = PlannerJson.Read(plan.Policy, PlannerJson.Default.PlanPolicy);
        foreach ((string network, NetworkMapping mapping) in request.Networks)
        {
            if (policy.Networks.TryGetValue(network, out NetworkMapping? has) && has != mapping)
            {
                problems.Add(new PlanProblem("plan.mapping-differs", network, $"Network '{network}' is mapped to {has.Kind} {has.Name} in this plan, and VMs are planned by that.",
                    $"Leave the mapping out; change it for all of them ('migrate plan mappings set {plan.Name}'), or make a plan of its own."));
            }
        }
        return policy with
        {
            Networks = With(request.Networks, policy.Networks),
            ExpectConsole = With(policy.ExpectConsole, request.ExpectConsole),
            Modes = With(policy.Modes, request.Modes),
        };
    }

    /// <summary>What those become that are in the plan already is changed by its mappings, where runs and approvals are thought of.</summary>
    private static IEnumerable<PlanProblem> MappedForOthers(Plan plan, PlanAdditionRequest request, PlanPolicy policy, SourceInventory inventory, List<PlanVm> planned)
    {
        IReadOnlyDictionary<string, NetworkMapping> before = PlannerJson.Read(plan.Policy, PlannerJson.Default.PlanPolicy).Networks;
        HashSet<string> keys = [.. planned.Select(vm => vm.VmKey)];
        ILookup<string, string> users = inventory.Vms.Where(vm => keys.Contains(vm.Key)).SelectMany(vm => vm.Nics.Select(nic => (nic.NetworkName, vm.Name))).Distinct().ToLookup(use => use.NetworkName, use => use.Name);
        return policy.Networks.Keys.Where(network => request.Networks.ContainsKey(network) && !before.ContainsKey(network) && users[network].Any()).Select(network => new PlanProblem(
            "plan.mapping-of-others", network, $"Network '{network}' is not mapped in this plan, and {PolicyCheck.Some([.. users[network]])} of it use{(users[network].Count() == 1 ? "s" : "")} it.",
            $"Map it for all of them first ('migrate plan mappings set {plan.Name}'), then add the VMs."));
    }

    private static Dictionary<string, T> With<T>(IReadOnlyDictionary<string, T> first, IReadOnlyDictionary<string, T> second)
    {
        var both = new Dictionary<string, T>(first);
        foreach ((string name, T value) in second)
        {
            both[name] = value;
        }
        return both;
    }

    /// <summary>Waves that somebody approved mean the VMs that they were approved with: what comes in later is in none of them, until a new version is approved.</summary>
    private static int WaveOf(PlanAdditionRequest request, List<PlanVm> planned, List<int> begun, bool approved, List<PlanProblem> problems)
    {
        if (approved)
        {
            if (request.Wave is { } named)
            {
                problems.Add(new PlanProblem("plan.waves-approved", $"wave {named}", "The waves of this plan were approved with the VMs that they have.",
                    "Leave the wave out: the VMs come in without one. Then plan the waves anew ('migrate wave plan') and have that version approved."));
            }
            return 0;
        }
        int last = planned.Select(vm => vm.Wave).Concat(begun).DefaultIfEmpty(1).Max();
        int wave = request.Wave ?? (begun.Contains(last) ? last + 1 : Math.Max(1, last));
        if (wave < 1)
        {
            problems.Add(new PlanProblem("plan.bad-wave", $"wave {wave}", $"The VMs are given wave {wave}.", "Waves count from 1."));
        }
        else if (begun.Contains(wave))
        {
            problems.Add(new PlanProblem("plan.wave-started", $"wave {wave}", $"Wave {wave} was started, and a wave is started as a whole.", $"Name another one, e.g. {last + 1}."));
        }
        return wave;
    }

    private static List<(string Asked, Vm Vm)> Known(List<PlanVm> planned, SourceInventory inventory, List<PlanProblem> problems)
    {
        Dictionary<string, Vm> byKey = inventory.Vms.ToDictionary(vm => vm.Key);
        problems.AddRange(planned.Where(vm => !byKey.ContainsKey(vm.VmKey)).Select(vm => new PlanProblem("plan.vm-vanished", vm.VmName,
            $"'{vm.VmName}' is in the plan, and the newest inventory no longer has it.", "Take it out of the plan first, or find out at the source where it went.")));
        return [.. from vm in planned where byKey.ContainsKey(vm.VmKey) select (vm.VmKey, byKey[vm.VmKey])];
    }
}
