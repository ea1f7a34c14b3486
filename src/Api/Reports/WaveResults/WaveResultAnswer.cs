using Migrate.Api.Reports.Formats;

namespace Migrate.Api.Reports.WaveResults;

/// <summary>Whether a wave went well.</summary>
internal static class WaveResultAnswer
{
    private const int Named = 3;

    public static ReportAnswer Of(string plan, IReadOnlyList<WaveResultVm> vms, WaveTotals totals, int deviations)
    {
        List<ReportAction> toDo = [];
        foreach (var vm in vms.Where(x => x.Result == VmResult.FailedRun))
        {
            toDo.Add(new(Standing.Bad, $"The run of {vm.Vm} failed: {vm.Failure?.Message}", $"{vm.Failure?.Remedy} Then migrate run retry {vm.RunId}, or migrate run rollback {vm.RunId}."));
        }

        toDo.AddRange(vms.Where(x => x.Result == VmResult.FailedVerdict).Select(x => new ReportAction(Standing.Bad, $"{x.Vm} has the verdict Fail, which holds the waves after {x.Wave}. {x.FailedVerdict!.Statement}", x.FailedVerdict.Remedy)));
        Add(VmResult.RolledBack, "went back to the source", $"Mend the cause, then start the wave again: migrate wave start {plan} --wave N");
        Add(VmResult.Inconclusive, "moved, and not all of it could be proven", $"See why: migrate report validation {plan}");
        Add(VmResult.UnderWay, "not over yet", "migrate run list; migrate run gates RUN tells what a cutover waits for");
        Add(VmResult.NotStarted, "not started", $"migrate wave start {plan} --wave N");
        if (deviations > 0)
        {
            toDo.Add(new(Standing.Good, $"{Text.Count(deviations, "thing was", "things were")} not done as planned.", "See the deviations below."));
        }

        var standing = toDo.Select(x => x.Standing).DefaultIfEmpty(Standing.Good).Max();
        var accepted = vms.Count(x => x.Result == VmResult.Accepted);
        var statement = $"{totals.Moved} of {Text.Count(totals.Vms, "VM")} moved: {totals.Passed} passed, {totals.Inconclusive} inconclusive, {totals.FailedVerdicts} failed{(accepted > 0 ? $" ({accepted} accepted)" : "")}."
            + string.Concat(new[] { (totals.FailedRuns, "failed on the way"), (totals.RolledBack, "rolled back"), (totals.UnderWay, "under way"), (totals.NotStarted, "not started") }
                .Where(x => x.Item1 > 0).Select(x => $" {x.Item1} {x.Item2}."));
        return new ReportAnswer(standing, Headline(standing, totals, accepted), statement, [.. toDo.OrderByDescending(x => x.Standing)]);

        void Add(VmResult result, string what, string how)
        {
            var found = vms.Where(x => x.Result == result).ToList();
            if (found.Count > 0)
            {
                toDo.Add(new(Standing.Attention, $"{(found.Count <= Named ? string.Join(", ", found.Select(x => x.Vm)) : Text.Count(found.Count, "VM"))}: {what}.", how));
            }
        }
    }

    private static string Headline(Standing standing, WaveTotals totals, int accepted) => standing switch
    {
        Standing.Bad => "Something failed",
        _ when totals.Moved == 0 && totals.NotStarted == totals.Vms => "Not started",
        _ when totals.UnderWay + totals.NotStarted > 0 => "Not over yet",
        Standing.Attention => "Moved, with points to look at",
        _ when accepted > 0 => "Moved; failed verdicts were accepted",
        _ => "Moved and proven",
    };
}
