using System.Data;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Plans.Mappings;

/// <summary>
/// Changes what the source's networks become in a plan. A run takes its plan's mappings when its domain is made, so that one which has not begun its cutover gets the new
/// ones; what somebody approved by the old ones no longer holds then. From its cutover on a run keeps what it has.
/// </summary>
public sealed partial class PlanMapper(IDbContextFactory<MigrateDb> factory, InventoryStore inventories, ReaderMeans means, TimeProvider time, ILogger<PlanMapper> log)
{
    private const int ShortestReason = 8;
    private const int LongestReason = 1000;

    /// <exception cref="PlanRefusedException">With all problems; nothing was changed.</exception>
    /// <exception cref="MigrateException">plan.unknown; plan.mappings.role-missing; plan.changed.busy when somebody else changed the plan or its runs meanwhile.</exception>
    public async Task<MappingChange> ChangeAsync(MappingRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await TryAsync(request, cancellationToken);
        }
        catch (Exception e) when (DatabaseTrouble.IsLostRace(e))
        {
            throw PlanMaker.ChangedMeanwhile(request.Plan);
        }
    }

    private async Task<MappingChange> TryAsync(MappingRequest request, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        Plan plan = await PlanMaker.FindPlanAsync(db, request.Plan, cancellationToken);
        List<PlanVm> planned = await db.PlanVms.Where(vm => vm.PlanId == plan.Id).OrderBy(vm => vm.Position).ToListAsync(cancellationToken);
        List<Run> runs = await Active(db, plan.Id).AsNoTracking().ToListAsync(cancellationToken);
        DateTime? approvedAt = await ApprovedAtAsync(db, plan.Id, cancellationToken);
        KvmHost? host = await db.KvmHosts.AsNoTracking().SingleOrDefaultAsync(known => known.Id == plan.KvmHostId, cancellationToken);
        SourceInventory? inventory = await inventories.LoadAsync(plan.SourceId, plan.InventoryVersion, cancellationToken);
        SourceInventory? newest = await inventories.LoadAsync(plan.SourceId, null, cancellationToken);
        ILookup<string, PlanVm> users = Users(planned, [inventory, newest]);
        PlanPolicy policy = PlannerJson.Read(plan.Policy, PlannerJson.Default.PlanPolicy);
        PlanPolicy next = policy with { Networks = After(policy.Networks, request) };
        List<ChangedMapping> changed =
        [
            .. policy.Networks.Keys.Union(next.Networks.Keys).Order(StringComparer.Ordinal)
                .Select(network => new ChangedMapping(network, policy.Networks.GetValueOrDefault(network), next.Networks.GetValueOrDefault(network), users[network].Count()))
                .Where(one => one.From != one.To),
        ];
        // What has moved keeps what it was given: nothing of it is asked of the plan again.
        HashSet<string> moved = [.. runs.Where(run => run.Phase == RunPhase.Completed).Select(run => run.VmKey)];
        HashSet<string> affected = [.. changed.SelectMany(one => users[one.Network]).Select(vm => vm.VmKey).Where(key => !moved.Contains(key))];
        List<Run> touched = [.. runs.Where(run => affected.Contains(run.VmKey))];
        HashSet<string> begun = [.. runs.Select(run => run.VmKey)];
        List<PlanVm> timed = [.. planned.Where(vm => affected.Contains(vm.VmKey) && !begun.Contains(vm.VmKey) && vm.CutOverAt is not null)];

        var problems = new List<PlanProblem>(RequestProblems(request, policy, plan.Name));
        IEnumerable<SourceInventory> seen = new[] { inventory, newest }.OfType<SourceInventory>();
        HashSet<string> known = [.. seen.SelectMany(one => one.Networks).Select(network => network.Name), .. seen.SelectMany(one => one.Vms).SelectMany(vm => vm.Nics).Select(nic => nic.NetworkName)];
        problems.AddRange(PolicyCheck.Mappings(request.Networks, known));
        problems.AddRange(request.Forget.Where(network => users[network].Any()).Select(network => new PlanProblem("plan.unmapped-network", network,
            $"Network '{network}' would not be mapped, and {PolicyCheck.Some([.. users[network].Select(vm => vm.VmName)])} use it.", "Map it to something else, or to 'none'.")));
        problems.AddRange(HostNetworks.Check(host is null ? null : TargetHost.Of(host), request.Networks.Where(one => changed.Exists(change => change.Network == one.Key))));
        problems.AddRange(touched.Where(run => WhyFixed(run) is not null).Select(run => new PlanProblem("plan.mapping-in-use", run.VmName, $"'{run.VmName}' {WhyFixed(run)}.", RemedyOf(run))));
        if ((touched.Count > 0 || timed.Count > 0) && request.Reason.Trim().Length is < ShortestReason or > LongestReason)
        {
            problems.Add(new PlanProblem("plan.mapping-reason", "reason",
                $"{(touched.Count > 0 ? "Runs that use these networks are under way" : "Times of VMs that use these networks were approved")}, and no reason is given.",
                $"Say in {ShortestReason} to {LongestReason} characters why it is changed; it is kept with the runs and in the audit log."));
        }
        if (problems.Count > 0)
        {
            throw new PlanRefusedException(plan.Name, problems, "was not changed");
        }
        CheckRole(request, policy, touched, planned);
        if (changed.Count == 0)
        {
            return new MappingChange(plan.Name, [], [], [], null);
        }

        if (inventory is not null && host is not null)
        {
            await JudgeAnewAsync(db, plan, next, inventory, host, planned, affected, cancellationToken);
        }
        int? version = timed.Count == 0 ? null
            : await db.WaveVersions.Where(made => made.PlanId == plan.Id).MaxAsync(made => (int?)made.Number, cancellationToken); // Only the newest can be approved.
        foreach (PlanVm vm in timed)
        {
            (vm.Wave, vm.BeginAt, vm.CutOverAt, vm.CutOverUntil) = (0, null, null, null);
        }
        (string before, DateTime? vmsChangedAt) = (plan.Policy, plan.VmsChangedAt);
        await using var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.Serializable, cancellationToken);
        // What was decided by is what is changed; a run that somebody took up meanwhile has read the old mappings.
        if (!await db.Plans.AsNoTracking().AnyAsync(now => now.Id == plan.Id && now.Policy == before && now.VmsChangedAt == vmsChangedAt, cancellationToken)
            || !(await Active(db, plan.Id).Select(run => run.Id).ToListAsync(cancellationToken)).ToHashSet().SetEquals(runs.Select(run => run.Id))
            || await ApprovedAtAsync(db, plan.Id, cancellationToken) != approvedAt
            || !(await WordsAsync(db, touched, cancellationToken)).SetEquals(touched.Select(WordsOf))
            || await ForgetWordsAsync(db, [.. touched.Select(run => run.Id)], cancellationToken) != touched.Count)
        {
            throw PlanMaker.ChangedMeanwhile(plan.Name);
        }
        plan.Policy = JsonSerializer.Serialize(next, PlannerJson.Default.PlanPolicy);
        db.RunEvents.AddRange(touched.Select(run => EventOf(run, changed.Where(one => users[one.Network].Any(vm => vm.VmKey == run.VmKey)), request)));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        foreach (ChangedMapping one in changed)
        {
            LogChanged(log, plan.Name, plan.Id, one.Network, ChangedMapping.Words(one.From), ChangedMapping.Words(one.To), request.By, touched.Count);
        }
        return new MappingChange(plan.Name, changed, [.. touched.Select(run => run.VmName)], [.. timed.Select(vm => vm.VmName)], version);
    }

    /// <summary>Why a run keeps what its networks are mapped to, after its VM's name; null where it takes what the plan says at its cutover.</summary>
    internal static string? WhyFixed(Run run) => run switch
    {
        _ when PhaseOf(run) is RunPhase.CuttingOver or RunPhase.Validating || run.LastPassAt is not null || run.HandedOverAt is not null => $"is past the begin of its cutover ({run.Phase}), and its domain goes by what was mapped then",
        { Phase: RunPhase.RolledBack } or { ResumePhase: RunPhase.RolledBack, Phase: RunPhase.Failed or RunPhase.Paused } => "is being rolled back",
        { LeaseOwner: not null } => $"is being worked on ({run.Phase}), by what was mapped when that began",
        _ => null,
    };

    private static string RemedyOf(Run run) => run.LeaseOwner is not null && PhaseOf(run) is not (RunPhase.CuttingOver or RunPhase.Validating)
        ? $"Pause the run ('migrate run pause {run.VmName}'), change the mapping, and resume it; or wait until it waits."
        : "Let the run end, or roll it back; VMs that have not begun can be moved by a plan of their own.";

    private static RunPhase PhaseOf(Run run) => run.Phase is RunPhase.Failed or RunPhase.Paused ? run.ResumePhase : run.Phase;

    private static IQueryable<Run> Active(MigrateDb db, Guid planId) => db.Runs.Where(run => run.PlanId == planId && run.Phase != RunPhase.RolledBack);

    private static Task<DateTime?> ApprovedAtAsync(MigrateDb db, Guid planId, CancellationToken cancellationToken) =>
        db.WaveVersions.Where(made => made.PlanId == planId).MaxAsync(made => made.ApprovedAt, cancellationToken);

    /// <summary>The plan's VMs by the networks that they use: in the inventory that it goes by, and in the newest one, by which waves are judged.</summary>
    private static ILookup<string, PlanVm> Users(List<PlanVm> planned, IEnumerable<SourceInventory?> inventories)
    {
        ILookup<string, string> networks = inventories.OfType<SourceInventory>().SelectMany(one => one.Vms).SelectMany(vm => vm.Nics.Select(nic => (vm.Key, nic.NetworkName))).Distinct()
            .ToLookup(use => use.Key, use => use.NetworkName);
        return planned.SelectMany(vm => networks[vm.VmKey].Select(network => (Network: network, Vm: vm))).ToLookup(use => use.Network, use => use.Vm);
    }

    private static Dictionary<string, NetworkMapping> After(IReadOnlyDictionary<string, NetworkMapping> before, MappingRequest request)
    {
        Dictionary<string, NetworkMapping> after = before.Where(one => !request.Forget.Contains(one.Key)).ToDictionary();
        foreach ((string network, NetworkMapping mapping) in request.Networks)
        {
            // What has no name does not keep the one of a field that was left filled in.
            after[network] = mapping.Kind is "user" or "none" ? mapping with { Name = "" } : mapping;
        }
        return after;
    }

    private static IEnumerable<PlanProblem> RequestProblems(MappingRequest request, PlanPolicy policy, string plan)
    {
        if (request.Networks.Count == 0 && request.Forget.Count == 0)
        {
            yield return new PlanProblem("plan.no-mappings", plan, "No network is named.", "Name the networks whose mappings are to change.");
        }
        foreach (string network in request.Forget.Where(request.Networks.ContainsKey))
        {
            yield return new PlanProblem("plan.mapping-twice", network, $"Network '{network}' is to be mapped and to be forgotten.", "Do one of both.");
        }
        foreach (string network in request.Forget.Where(network => !policy.Networks.ContainsKey(network)))
        {
            yield return new PlanProblem("plan.unknown-mapping", network, $"The plan does not map a network '{network}', so that there is nothing to forget.",
                Suggestion.For(network, policy.Networks.Keys) is { } near ? $"Did you mean '{near}'?" : $"See 'migrate plan mappings show {plan}'.");
        }
    }

    /// <summary>Where a VM goes down without asking anybody again, another network is an approver's word as its start was.</summary>
    private static void CheckRole(MappingRequest request, PlanPolicy policy, List<Run> touched, List<PlanVm> planned)
    {
        if (request.IsApprover)
        {
            return;
        }
        Dictionary<string, PlanVm> byKey = planned.ToDictionary(vm => vm.VmKey);
        int goesOn = touched.Count(run => run.DowntimeStartedAt is not null
            || (!policy.RequireApproval && (byKey.GetValueOrDefault(run.VmKey) is not { } vm || vm.CutOverAt is not null || vm.Mode == MigrationMode.Cold || policy.Warm.CutOverWhenReady)));
        if (goesOn > 0)
        {
            throw new MigrateException("plan.mappings.role-missing",
                $"{(goesOn == 1 ? "1 VM that uses" : $"{goesOn} VMs that use")} these networks would go down on another network without asking anybody again, and that takes an {Role.Approver}.",
                "Have an approver change the mappings; or pause the runs and roll them back.");
        }
    }

    /// <summary>What stands against the VMs, by the inventory that the plan goes by.</summary>
    private async Task JudgeAnewAsync(
        MigrateDb db, Plan plan, PlanPolicy policy, SourceInventory inventory, KvmHost host, List<PlanVm> planned, HashSet<string> affected, CancellationToken cancellationToken)
    {
        Dictionary<string, Vm> present = inventory.Vms.ToDictionary(vm => vm.Key);
        Surroundings surroundings = await PlanSurroundings.LoadAsync(
            db, plan.SourceId, inventory, [.. planned.Where(vm => present.ContainsKey(vm.VmKey)).Select(vm => present[vm.VmKey])], host, means, time, cancellationToken);
        foreach (PlanVm vm in planned.Where(vm => affected.Contains(vm.VmKey) && present.ContainsKey(vm.VmKey)))
        {
            IReadOnlyList<Concern> concerns = surroundings.Judge(present[vm.VmKey], vm.Mode, policy);
            vm.Concerns = JsonSerializer.Serialize(concerns, PlannerJson.Default.IReadOnlyListConcern);
            vm.CriticalCount = concerns.Count(concern => concern.Severity == ConcernSeverity.Critical);
            vm.WarningCount = concerns.Count(concern => concern.Severity == ConcernSeverity.Warning);
            vm.InformationCount = concerns.Count(concern => concern.Severity == ConcernSeverity.Information);
        }
    }

    /// <summary>What was decided by of a run: whether an approver is asked, and what is told to be forgotten.</summary>
    private static (Guid Run, RunPhase Phase, RunPhase Resume, bool IsDown, string? Approval, DateTime? CutOverAt) WordsOf(Run run) =>
        (run.Id, run.Phase, run.ResumePhase, run.DowntimeStartedAt is not null, run.Approval, run.CutOverAt);

    private static async Task<HashSet<(Guid, RunPhase, RunPhase, bool, string?, DateTime?)>> WordsAsync(MigrateDb db, List<Run> runs, CancellationToken cancellationToken)
    {
        List<Guid> ids = [.. runs.Select(run => run.Id)];
        return [.. (await db.Runs.AsNoTracking().Where(run => ids.Contains(run.Id)).ToListAsync(cancellationToken)).Select(WordsOf)];
    }

    /// <summary>Approvals and words for cutovers were given by the old mappings. How many of the runs were as they have to be.</summary>
    private static Task<int> ForgetWordsAsync(MigrateDb db, IReadOnlyList<Guid> runs, CancellationToken cancellationToken) => runs.Count == 0 ? Task.FromResult(0)
        : db.Runs.Where(run => runs.Contains(run.Id) && run.LeaseOwner == null && run.LastPassAt == null && run.HandedOverAt == null
                && run.Phase != RunPhase.CuttingOver && run.Phase != RunPhase.Validating && run.Phase != RunPhase.Completed && run.Phase != RunPhase.RolledBack
                && ((run.Phase != RunPhase.Failed && run.Phase != RunPhase.Paused) || (run.ResumePhase != RunPhase.CuttingOver && run.ResumePhase != RunPhase.Validating && run.ResumePhase != RunPhase.RolledBack)))
            .ExecuteUpdateAsync(set => set.SetProperty(run => run.Approval, (string?)null).SetProperty(run => run.CutOverAt, (DateTime?)null).SetProperty(run => run.CutOverForced, false), cancellationToken);

    private RunEvent EventOf(Run run, IEnumerable<ChangedMapping> changes, MappingRequest request) => new()
    {
        RunId = run.Id,
        At = time.GetUtcNow().UtcDateTime,
        Phase = run.Phase,
        Level = "warning",
        Message = $"{string.Join("; ", changes.Select(one => $"the network '{one.Network}' becomes {ChangedMapping.Words(one.To)} instead of {ChangedMapping.Words(one.From)}"))}, "
            + $"by {request.By}: {request.Reason.Trim()}{(run.Approval is null && run.CutOverAt is null ? "" : " What was approved by the old mapping no longer holds: approve it again.")}",
    };

    [LoggerMessage(487, LogLevel.Information, "Plan {Plan} ({PlanId}): the network '{Network}' becomes {To} instead of {From}, by {By}; {Runs} runs are under way with it")]
    private static partial void LogChanged(ILogger logger, string plan, Guid planId, string network, string from, string to, string by, int runs);
}
