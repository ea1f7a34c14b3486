using System.Globalization;
using Migrate.Executor.Waves;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Runs.Gates;

/// <summary>What the gates of a cutover are judged by.</summary>
public sealed record GateFacts
{
    public required Run Run { get; init; }
    public required PlanPolicy Policy { get; init; }
    public required bool IsWarm { get; init; }
    /// <summary>Of the VM, what the newest check of its plan found, if that was made since the run was started: what was so before is what its wave was judged by.</summary>
    public IReadOnlyList<Concern> FoundSince { get; init; } = [];
    /// <summary>Of the VM, lifted ones too.</summary>
    public IReadOnlyList<ConcernOverride> Overrides { get; init; } = [];
    /// <summary>Failed ones of earlier waves of the plan, accepted or not.</summary>
    public IReadOnlyList<FailedVerdict> EarlierVerdicts { get; init; } = [];
    /// <summary>By the approved waves; null: it comes after nothing.</summary>
    public WaitedFor? WaitsFor { get; init; }
    /// <summary>When it is to be cut over, UTC.</summary>
    public required DateTime At { get; init; }
    /// <summary>An operator said that it goes on although it is not Ready, outside of its window, and before what it comes after.</summary>
    public bool IsForced { get; init; }
}

/// <summary>Whether a cutover may begin; a pure function. All gates, the closed ones each with what opens it.</summary>
public static class GateJudge
{
    public static IReadOnlyList<CutoverGate> Judge(GateFacts facts) => [.. Checks(facts), .. Verdicts(facts), .. Order(facts), Ready(facts), .. Window(facts), .. Approval(facts)];

    /// <summary>When the next window opens, seen from <paramref name="at"/>; null when none will.</summary>
    public static DateTime? NextOpening(PlanPolicy policy, DateTime at) => policy.CutOverWindows.Where(x => x.From > at).Min(x => (DateTime?)x.From);

    private static List<CutoverGate> Checks(GateFacts facts)
    {
        var active = facts.Overrides.Where(x => x.LiftedAt is null).ToDictionary(x => x.ConcernId);
        List<CutoverGate> gates =
        [
            .. active.Values.OrderBy(x => x.GivenAt).Select(x => new CutoverGate(CutoverGate.Checks, GateState.Accepted, $"{x.ConcernId} was accepted by {x.GivenBy} on {Moment(x.GivenAt)}: {x.Reason}")),
            .. facts.Overrides.Where(x => x.LiftedAt > facts.Run.CreatedAt && !active.ContainsKey(x.ConcernId)).DistinctBy(x => x.ConcernId).Select(x => new CutoverGate(
                CutoverGate.Checks, GateState.Closed, $"{x.ConcernId} was accepted when the run was started, and {x.LiftedBy} took that back on {Moment(x.LiftedAt!.Value)}: {x.LiftedBecause}",
                $"Accept it again with a reason (migrate concerns override {x.ConcernId}), or roll the run back.")),
        ];
        foreach (var found in facts.FoundSince.Where(x => x.Severity == ConcernSeverity.Critical).GroupBy(x => x.Id))
        {
            if (!active.TryGetValue(found.Key, out var given) || given.Fingerprint != ConcernOverrides.Fingerprint(found))
            {
                gates.AddRange(found.Select(x => new CutoverGate(
                    CutoverGate.Checks, GateState.Closed, $"{x.Label} ({x.Subject}), found since the run was started: {x.Assessment}", $"{x.Remedy} Then check the plan again (migrate plan check).")));
            }
        }

        return gates.Any(x => x.IsClosed) || active.Count > 0 ? gates : [new CutoverGate(CutoverGate.Checks, GateState.Green, "Nothing Critical is known of the VM.")];
    }

    private static IEnumerable<CutoverGate> Verdicts(GateFacts facts) => facts.EarlierVerdicts.Select(
        x => new CutoverGate(CutoverGate.Verdicts, x.Holds ? GateState.Closed : GateState.Accepted, x.Line, x.Holds ? x.Remedy : null));

    private static IEnumerable<CutoverGate> Order(GateFacts facts)
    {
        if (facts.WaitsFor is not { All: > 0 } waits)
        {
            yield break;
        }

        var missing = $"{waits.Missing} of {waits.All} VMs that move before it (group {waits.Group}) do not serve at their destination yet: {string.Join(", ", waits.Names)}{(waits.Missing > waits.Names.Count ? ", …" : "")}.";
        yield return (waits.Missing, facts.IsForced) switch
        {
            (0, _) => new(CutoverGate.Order, GateState.Green, $"All {waits.All} VMs that move before it serve at their destination."),
            (_, true) => new(CutoverGate.Order, GateState.Accepted, $"{missing} An operator said that it goes on all the same."),
            _ => new(CutoverGate.Order, GateState.Closed, missing, $"See what holds them (migrate run list, migrate wave schedule); take what will not move out of the plan (migrate plan remove-vm); or go on before them: migrate run cutover {facts.Run.VmName} --force."),
        };
    }

    private static CutoverGate Ready(GateFacts facts) => facts switch
    {
        { IsWarm: false, Run.Phase: RunPhase.Planned or RunPhase.Preparing or RunPhase.Ready or RunPhase.CuttingOver } => new(CutoverGate.Ready, GateState.Green, "A cold run is copied with its guest off and cut over when it is."),
        { IsWarm: false } => new(CutoverGate.Ready, GateState.Closed, $"The run is {facts.Run.Phase}.", "Wait until its disks are copied."),
        { Run: { ReadyAt: { } since, Phase: RunPhase.Ready or RunPhase.Syncing or RunPhase.CuttingOver } } =>
            new(CutoverGate.Ready, GateState.Green, $"By the forecast its last pass fits the allowed downtime since {Moment(since)}."),
        { IsForced: true } or { Run.CutOverAt: not null } => new(CutoverGate.Ready, GateState.Accepted, "An operator accepted a longer downtime than the plan allows."),
        _ => new(
            CutoverGate.Ready, GateState.Closed, facts.Run.Phase is RunPhase.Syncing or RunPhase.Ready ? "By the forecast its last pass takes longer than the plan allows." : $"The run is {facts.Run.Phase}.",
            "See its forecast (migrate run forecast) and wait for another pass; or accept a longer downtime with --force."),
    };

    private static IEnumerable<CutoverGate> Window(GateFacts facts)
    {
        if (facts.Policy.CutOverWindows.Count == 0)
        {
            yield break;
        }

        var open = facts.Policy.CutOverWindows.FirstOrDefault(x => x.Contains(facts.At));
        yield return (open, facts.IsForced) switch
        {
            ({ } window, _) => new(CutoverGate.Window, GateState.Green, $"The window from {Moment(window.From)} to {Moment(window.To)} is open."),
            (null, true) => new(CutoverGate.Window, GateState.Accepted, "No window is open, and an operator said that it goes on all the same."),
            _ => NextOpening(facts.Policy, facts.At) is { } next
                ? new(CutoverGate.Window, GateState.Closed, $"No window of the plan is open at {Moment(facts.At)}.", $"Wait for the next one: migrate run cutover --at {next.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}; or go on outside of it with --force.")
                : new(CutoverGate.Window, GateState.Closed, "All windows of the plan are over.", "Go on outside of them with --force; or roll the run back and plan the VM anew."),
        };
    }

    private static IEnumerable<CutoverGate> Approval(GateFacts facts)
    {
        if (CutoverApproval.Read(facts.Run.Approval) is { } given)
        {
            yield return new(CutoverGate.Approval, GateState.Green, $"Approved by {given.By} on {Moment(given.At)}: {given.Reason}");
        }
        else if (facts.Policy.RequireApproval)
        {
            yield return new(CutoverGate.Approval, GateState.Closed, "The plan wants somebody's approval, and nobody has given it.", $"migrate run approve {facts.Run.VmName} --reason TEXT");
        }
    }

    private static string Moment(DateTime at) => at.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
