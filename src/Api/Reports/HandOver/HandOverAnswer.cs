using Migrate.Api.Reports.Formats;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Validation;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Reports.HandOver;

/// <summary>Whether a VM can be handed over.</summary>
internal static class HandOverAnswer
{
    public static ReportAnswer Of(Run run, Verdict? verdict, IReadOnlyList<Deviation> deviations, IReadOnlyList<HandOverManifest> manifests)
    {
        var failed = FailedVerdict.Of(run);
        List<ReportAction> toDo = [.. Actions(run, verdict, failed, manifests)];
        if (deviations.Count > 0)
        {
            toDo.Add(new(Standing.Good, $"{Text.Count(deviations.Count, "thing was", "things were")} not done as planned.", "See the deviations below."));
        }

        var worst = toDo.Select(x => x.Standing).DefaultIfEmpty(Standing.Good).Max();
        return (run.Phase, verdict?.Outcome) switch
        {
            (RunPhase.RolledBack, _) => new(Standing.Attention, "Rolled back: the VM is its source again", "What follows describes a move that was taken back.", toDo),
            (RunPhase.Failed, _) => new(Standing.Bad, "The move failed", run.Error ?? "", toDo),
            (not RunPhase.Completed, _) => new(Standing.Attention, "The move is not over", $"The run is {run.Phase}. What follows is what is known so far.", toDo),
            (_, Outcome.Fail) => failed?.Accepted is { } accepted
                ? new(Standing.Attention, "Moved, with a failed verdict that was accepted", $"{failed.Statement} Accepted by {accepted.By}: {accepted.Reason}", toDo)
                : new(Standing.Bad, "Moved, and the verdict is Fail", failed?.Statement ?? "", toDo),
            (_, Outcome.Pass) => new(worst, "Moved and proven", "Data, boot, identity and latency are as they should be.", toDo),
            _ => new(worst, "Moved; not all could be proven", Proven(verdict), toDo),
        };
    }

    private static IEnumerable<ReportAction> Actions(Run run, Verdict? verdict, FailedVerdict? failed, IReadOnlyList<HandOverManifest> manifests)
    {
        if (run is { Phase: RunPhase.Failed, Remedy: { } remedy })
        {
            yield return new(Standing.Bad, run.Error ?? "The run failed.", remedy);
        }

        if (failed is { Holds: true })
        {
            yield return new(Standing.Bad, "The verdict of Fail holds later waves.", failed.Remedy);
        }

        foreach (var aspect in verdict?.Aspects.Where(x => x.Outcome != Outcome.Pass) ?? [])
        {
            yield return new(
                aspect.Outcome == Outcome.Fail && failed?.Holds != false ? Standing.Bad : Standing.Attention, $"{aspect.Aspect}: {aspect.Outcome}. {aspect.Statement}",
                aspect.Reasons.Count > 0 ? string.Join("; ", aspect.Reasons.Take(2)) : "See the verdict below.");
        }

        if (manifests.Any(x => !x.IsSigned))
        {
            yield return new(Standing.Bad, "A manifest is not what was signed.", "Restore the data directory from a backup; do not trust what the manifest says.");
        }
    }

    private static string Proven(Verdict? verdict) => verdict is null ? "There is no verdict."
        : $"Proven: {Names(verdict, Outcome.Pass)}. Open: {Names(verdict, Outcome.Inconclusive)}. Numbers that cannot be compared are called inconclusive, never a pass.";

    private static string Names(Verdict verdict, Outcome outcome) =>
        string.Join(", ", verdict.Aspects.Where(x => x.Outcome == outcome).Select(x => x.Aspect.ToString().ToLowerInvariant())) is { Length: > 0 } names ? names : "nothing";
}
