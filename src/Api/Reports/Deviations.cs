using System.Globalization;
using System.Text.Json;
using Migrate.Api.Reports.Formats;
using Migrate.Api.Runs;
using Migrate.Executor.Conversion;
using Migrate.Executor.Runs.Gates;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Api.Reports;

/// <summary>What a run's deviations follow from.</summary>
/// <param name="Run">The run.</param>
/// <param name="Vm">As it was planned.</param>
/// <param name="Policy">The plan's.</param>
/// <param name="Disks">Of the run.</param>
/// <param name="Now">UTC.</param>
internal sealed record DeviationFacts(Run Run, PlanVm Vm, PlanPolicy Policy, IReadOnlyList<RunDisk> Disks, DateTime Now);

/// <summary>What was not done as it was planned; a pure function.</summary>
internal static class Deviations
{
    // Steps take up to a minute to see that they are due, and work before them takes some.
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(5);
    private const double MuchSlower = 0.5;
    private const long LeastBytes = 256L << 20;

    public static IReadOnlyList<Deviation> Of(DeviationFacts facts) =>
        [.. Times(facts).Concat(Ways(facts)).Concat(Words(facts)).Concat(DisksOf(facts)).Select(x => new Deviation(facts.Run.VmName, x.What, x.Planned, x.Done))];

    private static IEnumerable<(string What, string Planned, string Done)> Times(DeviationFacts facts)
    {
        var run = facts.Run;
        if (facts.Vm.BeginAt is { } begin && run.StartedAt > begin + Late && begin >= run.CreatedAt)
        {
            yield return ("begin of the copy", Text.Time(begin), $"{Text.Time(run.StartedAt)}, {Text.Duration(run.StartedAt.Value - begin)} later");
        }

        if (facts.Vm.CutOverAt is { } cutover && run.DowntimeStartedAt is { } down && (down - cutover).Duration() > Late)
        {
            yield return ("time of the cutover", Text.Time(cutover), $"{Text.Time(down)}, {Text.Duration((down - cutover).Duration())} {(down > cutover ? "later" : "earlier")}");
        }

        if (facts.Vm.CutOverUntil is { } until && run.DowntimeStartedAt > until)
        {
            yield return ("window of the cutover", $"not after {Text.Time(until)}", Text.Time(run.DowntimeStartedAt));
        }

        if (DowntimeView.Of(run, facts.Now) is { EndedAt: not null } downtime)
        {
            if (downtime.Forecast is { } band && (downtime.Seconds < band.Low || downtime.Seconds > band.High))
            {
                yield return ("downtime", $"{Seconds(band.Low)} to {Seconds(band.High)}, by the forecast just before it", Seconds(downtime.Seconds));
            }

            if (facts.Vm.Mode == MigrationMode.Warm && downtime.Seconds > facts.Policy.Warm.AllowedDowntimeSeconds)
            {
                yield return ("allowed downtime", $"{Seconds(facts.Policy.Warm.AllowedDowntimeSeconds)} at most", Seconds(downtime.Seconds));
            }
        }
    }

    private static IEnumerable<(string What, string Planned, string Done)> Ways(DeviationFacts facts)
    {
        var run = facts.Run;
        if (run.Attempt > 1)
        {
            yield return ("attempts", "1", run.Attempt.ToString(CultureInfo.InvariantCulture));
        }

        if (run.Phase == RunPhase.RolledBack)
        {
            yield return ("end", "moved", $"rolled back {Text.Time(run.FinishedAt)}");
        }

        if (run is { Phase: RunPhase.Failed, ErrorCode: { } code })
        {
            yield return ("end", "moved", $"failed in {run.ResumePhase}: {run.Error} ({code})");
        }

        if (ConversionRecord.Read(run.Conversion) is { State: ConversionState.Failed } conversion)
        {
            yield return ("conversion of the guest", facts.Policy.Convert.ToString(), $"{conversion.State}: {conversion.Reason}");
        }
    }

    private static IEnumerable<(string What, string Planned, string Done)> Words(DeviationFacts facts)
    {
        if (facts.Run.CutOverForced)
        {
            yield return ("gates of the cutover", "Ready, and within a window", "an operator forced it");
        }

        if (FailedVerdict.Of(facts.Run) is { } failed)
        {
            yield return ("verdict", "Pass", failed.Accepted is { } accepted ? $"Fail, accepted by {accepted.By}: {accepted.Reason}" : $"Fail: {failed.Statement}");
        }
    }

    private static IEnumerable<(string What, string Planned, string Done)> DisksOf(DeviationFacts facts)
    {
        var planned = (JsonSerializer.Deserialize(facts.Vm.Disks, PlannerJson.Default.IReadOnlyListPlannedDisk) ?? []).ToDictionary(x => x.Key);
        foreach (var disk in facts.Disks)
        {
            if (!planned.TryGetValue(disk.DiskKey, out var plan))
            {
                continue;
            }

            if (disk.Reader != plan.Reader)
            {
                yield return ($"reader of {disk.Label}", plan.Reader, disk.Reader);
            }

            if (disk.CapacityBytes != plan.CapacityBytes)
            {
                yield return ($"size of {disk.Label}", Text.Bytes(plan.CapacityBytes), Text.Bytes(disk.CapacityBytes));
            }

            var seconds = (disk.CopyFinishedAt - disk.CopyStartedAt)?.TotalSeconds;
            if (plan.ExpectedBytesPerSecond > 0 && seconds > 0 && disk.BytesRead >= LeastBytes && disk.BytesRead / seconds is { } rate && rate < plan.ExpectedBytesPerSecond * MuchSlower)
            {
                yield return ($"rate of {disk.Label}", $"{Text.Rate(plan.ExpectedBytesPerSecond)} ({plan.RateFrom})", Text.Rate(rate));
            }
        }
    }

    private static string Seconds(double seconds) => Text.Duration(TimeSpan.FromSeconds(seconds));
}
