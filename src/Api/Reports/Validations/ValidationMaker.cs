using Microsoft.EntityFrameworkCore;
using Migrate.Api.Hosting;
using Migrate.Api.Reports.Formats;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Validation;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Reports.Validations;

/// <summary>Collects the verdicts of a wave.</summary>
internal sealed class ValidationMaker(IDbContextFactory<MigrateDb> databases, TimeProvider time)
{
    public async Task<ValidationReport> MakeAsync(string plan, int? wave, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var runs = await PlanRuns.LoadAsync(db, plan, wave, cancellationToken);
        List<ValidationVm> vms = [.. runs.Vms.Select(x => VmOf(x, runs.Newest.GetValueOrDefault(x.Id)))];
        var verdicts = CountOf(vms.Select(x => x.Outcome));
        IReadOnlyList<AspectStatement> open =
        [
            .. vms.SelectMany(x => x.Aspects.Select(y => (x.Vm, Verdict: y))).Where(x => x.Verdict.Outcome != Outcome.Pass)
                .GroupBy(x => (x.Verdict.Aspect, x.Verdict.Outcome, x.Verdict.Statement)).OrderBy(x => x.Key.Outcome == Outcome.Fail ? 0 : 1).ThenByDescending(x => x.Count()).ThenBy(x => x.Key.Aspect)
                .Select(x => new AspectStatement(x.Key.Aspect, x.Key.Outcome, x.Key.Statement, [.. x.Select(y => y.Vm)])),
        ];
        return new ValidationReport
        {
            ToolVersion = ProductVersion.Value,
            GeneratedAt = time.GetUtcNow().UtcDateTime,
            Answer = AnswerOf(vms, verdicts, open),
            Plan = runs.Plan.Plan.Name,
            Wave = wave,
            Source = runs.Plan.Source,
            Host = runs.Plan.Host.Name,
            Verdicts = verdicts,
            Aspects = [.. Enum.GetValues<Aspect>().Select(aspect => new AspectCount(aspect, CountOf(vms.Select(x => x.Aspects.FirstOrDefault(y => y.Aspect == aspect)?.Outcome))))],
            Open = open,
            Vms = vms,
        };
    }

    private static ValidationVm VmOf(PlanVm vm, Run? run)
    {
        var verdict = run is null ? null : Verdict.Of(run);
        return new ValidationVm
        {
            Vm = vm.VmName,
            VmKey = vm.VmKey,
            Wave = run?.Wave ?? vm.Wave,
            RunId = run?.Id,
            Phase = run?.Phase,
            Outcome = verdict?.Outcome,
            JudgedAt = verdict?.JudgedAt,
            FailedVerdict = run is null ? null : FailedVerdict.Of(run),
            Aspects = verdict?.Aspects ?? [],
        };
    }

    private static ValidationCount CountOf(IEnumerable<Outcome?> outcomes)
    {
        var all = outcomes.ToList();
        return new ValidationCount(all.Count(x => x == Outcome.Pass), all.Count(x => x == Outcome.Fail), all.Count(x => x == Outcome.Inconclusive), all.Count(x => x is null));
    }

    private static ReportAnswer AnswerOf(List<ValidationVm> vms, ValidationCount verdicts, IReadOnlyList<AspectStatement> open)
    {
        var held = vms.Select(x => x.FailedVerdict).OfType<FailedVerdict>().ToList();
        List<ReportAction> toDo =
        [
            .. held.Where(x => x.Holds).Select(x => new ReportAction(Standing.Bad, $"{x.VmName}: {x.Statement}", x.Remedy)),
            .. open.Where(x => x.Outcome == Outcome.Inconclusive).Select(x => new ReportAction(
                Standing.Attention, $"{x.Aspect} of {(x.Vms.Count <= 3 ? string.Join(", ", x.Vms) : Text.Count(x.Vms.Count, "VM"))}: {x.Statement}", "The reasons are with each VM below: remove them and look again, or take it as it is.")),
        ];
        if (verdicts.None > 0)
        {
            toDo.Add(new(Standing.Attention, $"{Text.Count(verdicts.None, "VM has", "VMs have")} no verdict yet.", "It is made at the end of each run: migrate run list"));
        }

        var statement = $"Of {Text.Count(vms.Count, "VM")}: {verdicts.Pass} proven, {verdicts.Inconclusive} inconclusive, {verdicts.Fail} failed{(held.Count(x => !x.Holds) is > 0 and var accepted ? $" ({accepted} accepted)" : "")}, {verdicts.None} without a verdict.";
        return new ReportAnswer(
            toDo.Select(x => x.Standing).DefaultIfEmpty(held.Count > 0 ? Standing.Attention : Standing.Good).Max(),
            verdicts.Fail > 0 ? held.Exists(x => x.Holds) ? "Not as it was" : "Differences that were accepted"
            : verdicts.None == vms.Count ? "Nothing was judged yet"
            : verdicts.Pass == vms.Count ? "Everything is proven" : "Nothing failed; not all could be proven",
            statement, toDo);
    }
}
