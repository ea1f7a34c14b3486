using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Api.Hosting;
using Migrate.Api.Reports.Formats;
using Migrate.Api.Runs;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Validation;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.Waves;

namespace Migrate.Api.Reports.WaveResults;

/// <summary>Collects what became of a wave.</summary>
internal sealed class WaveResultMaker(IDbContextFactory<MigrateDb> databases, TimeProvider time)
{
    // As many disks of a VM are copied side by side, where nobody says otherwise (docs/workers.md).
    private const int DisksAtOnce = 4;

    // What is copied in no time measures how long it takes to begin.
    private const long LeastBytes = 256L << 20;

    public async Task<WaveResultReport> MakeAsync(string plan, int? wave, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var runs = await PlanRuns.LoadAsync(db, plan, wave, cancellationToken);
        var id = runs.Plan.Plan.Id;
        var promised = await PlanRuns.PromisedAsync(db, id, cancellationToken);
        var passes = (await PlanRuns.OfWave(db, id, wave).Join(db.RunPasses.AsNoTracking(), x => x.Id, x => x.RunId, (_, pass) => pass).OrderBy(x => x.Number).ToListAsync(cancellationToken)).ToLookup(x => x.RunId);
        var sent = (await (
            from run in PlanRuns.OfWave(db, id, wave)
            join pass in db.RunPasses on run.Id equals pass.RunId
            join disk in db.RunPassDisks on pass.Id equals disk.PassId
            group disk by pass.Id into disks
            select new { Pass = disks.Key, Read = disks.Sum(x => x.BytesRead), Sent = disks.Sum(x => x.BytesSent) }).ToListAsync(cancellationToken)).ToDictionary(x => x.Pass, x => (x.Read, x.Sent));
        var phases = (await PlanRuns.OfWave(db, id, wave).Join(db.RunEvents, x => x.Id, x => x.RunId, (_, line) => line).GroupBy(x => new { x.RunId, x.Phase })
            .Select(x => new { x.Key.RunId, x.Key.Phase, At = x.Min(y => y.At) }).ToListAsync(cancellationToken)).ToLookup(x => x.RunId, x => (x.Phase, x.At));
        var overrides = await db.ConcernOverrides.AsNoTracking().Where(x => x.PlanId == id).ToListAsync(cancellationToken);
        var policy = PlannerJson.Read(runs.Plan.Plan.Policy, PlannerJson.Default.PlanPolicy);
        var now = time.GetUtcNow().UtcDateTime;
        List<WaveResultVm> vms = [];
        List<Deviation> deviations = [];
        List<AcceptedRisk> risks = [];
        foreach (var vm in runs.Vms)
        {
            var move = promised.GetValueOrDefault(vm.VmKey);
            if (!runs.Newest.TryGetValue(vm.Id, out var run))
            {
                vms.Add(NotStarted(vm));
                continue;
            }

            IReadOnlyList<RunDisk> disks = [.. runs.Disks[run.Id]];
            vms.Add(VmOf(new VmFacts(run, vm, disks, [.. passes[run.Id]], sent, [.. phases[run.Id]], move), now));
            deviations.AddRange(Deviations.Of(new DeviationFacts(run, vm, policy, disks, now)));
            risks.AddRange(AcceptedRisks.Of(run));
        }

        var keys = vms.Select(x => x.VmKey).ToHashSet();
        var totals = Totals(vms);
        IReadOnlyList<ForecastAccuracy> forecasts = [Accuracy("copy time", vms, x => x.CopyError, null), Accuracy("downtime", vms, x => x.DowntimeError, IsWithin)];
        return new WaveResultReport
        {
            ToolVersion = ProductVersion.Value,
            GeneratedAt = now,
            Answer = WaveResultAnswer.Of(runs.Plan.Plan.Name, vms, totals, deviations.Count),
            Plan = runs.Plan.Plan.Name,
            Wave = wave,
            Source = runs.Plan.Source,
            Host = runs.Plan.Host.Name,
            Totals = totals,
            Forecasts = forecasts,
            Vms = vms,
            FailedVerdicts = [.. vms.Select(x => x.FailedVerdict).OfType<FailedVerdict>()],
            AcceptedRisks = [.. AcceptedRisks.Of(overrides.Where(x => keys.Contains(x.VmKey))), .. risks],
            Deviations = deviations,
        };
    }

    /// <summary>What is known of one VM's run.</summary>
    private sealed record VmFacts(
        Run Run, PlanVm Vm, IReadOnlyList<RunDisk> Disks, IReadOnlyList<RunPass> Passes, IReadOnlyDictionary<Guid, (long Read, long Sent)> Sent, IReadOnlyList<(RunPhase Phase, DateTime At)> Phases, VmMove? Move);

    private static WaveResultVm NotStarted(PlanVm vm) => new()
    {
        Vm = vm.VmName,
        VmKey = vm.VmKey,
        Wave = vm.Wave,
        Mode = vm.Mode,
        Result = VmResult.NotStarted,
        Phases = [],
        CapacityBytes = DisksOf(vm).Sum(x => x.CapacityBytes),
        AllocatedBytes = 0,
        SentBytes = 0,
        ZeroBytes = 0,
        Passes = 0,
    };

    private static WaveResultVm VmOf(VmFacts facts, DateTime now)
    {
        var run = facts.Run;
        var failed = FailedVerdict.Of(run);
        Outcome? outcome = Enum.TryParse<Outcome>(run.Outcome, out var parsed) ? parsed : null;
        var (copySeconds, copied) = FirstCopy(facts);
        var (forecast, from) = CopyForecast(facts);
        var downtime = DowntimeView.Of(run, now);
        var expected = downtime is null ? null : downtime.Forecast ?? BandView.Of(facts.Move?.DowntimeSeconds);
        var passed = facts.Passes.Select(x => facts.Sent.GetValueOrDefault(x.Id)).ToList();
        return new WaveResultVm
        {
            Vm = run.VmName,
            VmKey = run.VmKey,
            Wave = run.Wave,
            RunId = run.Id,
            Mode = facts.Vm.Mode,
            Result = ResultOf(run, outcome, failed),
            Phase = run.Phase,
            Outcome = outcome,
            FailedVerdict = failed,
            Attempt = run.Attempt,
            StartedAt = run.StartedAt,
            FinishedAt = run.FinishedAt,
            Seconds = (run.FinishedAt - run.StartedAt)?.TotalSeconds,
            Phases = PhasesOf(facts.Phases, run.FinishedAt),
            CapacityBytes = facts.Disks.Sum(x => x.CapacityBytes),
            // Passes count for themselves; a cold copy is in the disks' rows.
            AllocatedBytes = passed.Count > 0 ? passed.Sum(x => x.Read) : facts.Disks.Sum(x => x.BytesRead),
            SentBytes = passed.Count > 0 ? passed.Sum(x => x.Sent) : facts.Disks.Sum(x => x.BytesWritten),
            ZeroBytes = facts.Disks.Sum(x => x.BytesZero),
            Passes = facts.Passes.Count,
            CopySeconds = copySeconds,
            BytesPerSecond = copySeconds > 0 ? copied / copySeconds : null,
            CopyForecastSeconds = forecast,
            CopyForecastFrom = from,
            CopyError = copied < LeastBytes ? null : Error(copySeconds, forecast),
            DowntimeSeconds = downtime?.Seconds,
            DowntimeForecast = expected,
            DowntimeForecastFrom = expected is null ? null : downtime!.Forecast is null ? "waves" : "just before it",
            DowntimeError = downtime?.EndedAt is null ? null : Error(downtime.Seconds, expected?.Likely),
            Failure = run.ErrorCode is null ? null : new ReportFailure(run.ErrorCode, run.Error ?? "", run.Remedy ?? "", JsonSerializer.Deserialize(run.LeftBehind, PlannerJson.Default.IReadOnlyListString) ?? []),
        };
    }

    private static VmResult ResultOf(Run run, Outcome? outcome, FailedVerdict? failed) => (run.Phase, outcome) switch
    {
        (RunPhase.RolledBack, _) => VmResult.RolledBack,
        (RunPhase.Failed, _) => VmResult.FailedRun,
        (not RunPhase.Completed, _) => VmResult.UnderWay,
        (_, Outcome.Pass) => VmResult.Passed,
        (_, Outcome.Fail) => failed?.Accepted is null ? VmResult.FailedVerdict : VmResult.Accepted,
        _ => VmResult.Inconclusive,
    };

    private static IReadOnlyList<PhaseTime> PhasesOf(IReadOnlyList<(RunPhase Phase, DateTime At)> phases, DateTime? finished)
    {
        var ordered = phases.OrderBy(x => x.At).ThenBy(x => x.Phase).ToList();
        return [.. ordered.Select((x, i) => new PhaseTime(x.Phase, x.At, i + 1 < ordered.Count ? (ordered[i + 1].At - x.At).TotalSeconds : (finished - x.At) is { } last && last > TimeSpan.Zero ? last.TotalSeconds : null))];
    }

    /// <summary>Seconds and bytes of the first pass of a warm run, or of the copy of a cold one.</summary>
    private static (double? Seconds, long Bytes) FirstCopy(VmFacts facts)
    {
        if (facts.Passes.Count > 0)
        {
            return facts.Passes.FirstOrDefault(x => x.CopiedAt is not null) is { } first ? ((first.CopiedAt - (first.FrozenAt ?? first.StartedAt))?.TotalSeconds, facts.Sent.GetValueOrDefault(first.Id).Read) : (null, 0);
        }

        return facts.Disks.Count == 0 || facts.Disks.Any(x => x.CopyFinishedAt is null) ? (null, 0) : ((facts.Disks.Max(x => x.CopyFinishedAt) - facts.Disks.Min(x => x.CopyStartedAt))?.TotalSeconds, facts.Disks.Sum(x => x.BytesRead));
    }

    private static (double? Seconds, string? From) CopyForecast(VmFacts facts)
    {
        if (facts.Move is { BytesPerSecond: > 0 } move)
        {
            return (move.CopyBytes / move.BytesPerSecond, "waves");
        }

        var expected = DisksOf(facts.Vm).ToDictionary(x => x.Key, x => x.ExpectedBytesPerSecond);
        if (facts.Vm.Mode == MigrationMode.Warm || facts.Disks.Count == 0 || facts.Disks.Any(x => expected.GetValueOrDefault(x.DiskKey) <= 0))
        {
            return (null, null);
        }

        var seconds = facts.Disks.Select(x => (double)x.BytesRead / expected[x.DiskKey]).ToList();
        return (Math.Max(seconds.Max(), seconds.Sum() / DisksAtOnce), "the plan's rates");
    }

    private static double? Error(double? took, double? forecast) => took is { } seconds && forecast is { } likely && likely > 0 ? (seconds / likely) - 1 : null;

    private static ForecastAccuracy Accuracy(string what, List<WaveResultVm> vms, Func<WaveResultVm, double?> error, Func<WaveResultVm, bool>? isWithin)
    {
        var known = vms.Where(x => error(x) is not null).OrderBy(x => error(x)).ToList();
        var worst = known.MaxBy(x => Math.Abs(error(x)!.Value));
        return new ForecastAccuracy(
            what, known.Count, Median([.. known.Select(x => error(x)!.Value)]), worst is null ? null : error(worst), worst?.Vm, isWithin is null ? null : known.Count(isWithin));
    }

    private static bool IsWithin(WaveResultVm vm) => vm.DowntimeForecast is { } band && vm.DowntimeSeconds >= band.Low && vm.DowntimeSeconds <= band.High;

    /// <param name="ascending">Of which.</param>
    private static double? Median(List<double> ascending) =>
        ascending.Count == 0 ? null : (ascending[(ascending.Count - 1) / 2] + ascending[ascending.Count / 2]) / 2;

    private static WaveTotals Totals(List<WaveResultVm> vms)
    {
        int Count(params VmResult[] results) => vms.Count(x => results.Contains(x.Result));
        var down = vms.Where(x => x.DowntimeSeconds is not null).OrderBy(x => x.DowntimeSeconds).ToList();
        var open = Count(VmResult.UnderWay, VmResult.NotStarted, VmResult.FailedRun);
        return new WaveTotals(
            vms.Count, Count(VmResult.Passed, VmResult.Inconclusive, VmResult.Accepted, VmResult.FailedVerdict), Count(VmResult.Passed), Count(VmResult.FailedVerdict, VmResult.Accepted), Count(VmResult.Inconclusive),
            Count(VmResult.FailedRun), Count(VmResult.RolledBack), Count(VmResult.UnderWay), Count(VmResult.NotStarted), vms.Sum(x => x.CapacityBytes), vms.Sum(x => x.AllocatedBytes), vms.Sum(x => x.SentBytes),
            vms.Min(x => x.StartedAt), open > 0 ? null : vms.Max(x => x.FinishedAt), Median([.. down.Select(x => x.DowntimeSeconds!.Value)]), down.LastOrDefault()?.DowntimeSeconds, down.LastOrDefault()?.Vm);
    }

    private static IReadOnlyList<PlannedDisk> DisksOf(PlanVm vm) => JsonSerializer.Deserialize(vm.Disks, PlannerJson.Default.IReadOnlyListPlannedDisk) ?? [];
}
