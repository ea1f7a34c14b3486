using Migrate.Api.Runs;
using Migrate.Executor.Validation;

namespace Migrate.Api.Cli;

internal static class RunText
{
    public static void WriteList(IReadOnlyList<RunView> runs, TextWriter output)
    {
        var table = new Table("RUN", "PLAN", "WAVE", "VM", "PHASE", "OUTCOME", "TRY", "DONE", "CAPACITY", "STARTED", "TOOK");
        foreach (var r in runs)
        {
            table.Add(
                r.Id, r.Plan, r.Wave, r.Vm, r.Phase, r.Outcome, r.Attempt, Text.Bytes(r.BytesDone), Text.Bytes(r.CapacityBytes), Text.Time(r.StartedAt),
                r.StartedAt is { } from && r.FinishedAt is { } to ? Text.Duration(to - from) : "");
        }

        table.Write(output);
    }

    public static void Write(GatesView view, TextWriter output)
    {
        foreach (var gate in view.Gates)
        {
            output.WriteLine(Table.Clean($"{gate.Id,-9} {gate.State,-9} {gate.Statement}"));
            if (gate.Remedy is not null)
            {
                output.WriteLine(Table.Clean($"{"",-19} {gate.Remedy}"));
            }
        }
    }

    public static void Write(ChangesView view, TextWriter output)
    {
        output.WriteLine(Table.Clean(view.Statement));
        foreach (var disk in view.Disks)
        {
            output.WriteLine(Table.Clean($"{disk.Label}: {disk.Bytes} bytes ({Text.Bytes(disk.Bytes)}), in blocks of {Text.Bytes(disk.BlockBytes)}"));
        }
    }

    public static void Write(Verdict verdict, TextWriter output)
    {
        output.WriteLine(Table.Clean($"{verdict.VmName}: {verdict.Outcome}, judged {Text.Time(verdict.JudgedAt)}"));
        foreach (var aspect in verdict.Aspects)
        {
            output.WriteLine(Table.Clean($"{aspect.Aspect}: {aspect.Outcome}. {aspect.Statement}"));
            foreach (var reason in aspect.Reasons)
            {
                output.WriteLine(Table.Clean($"  - {reason}"));
            }
        }
    }

    public static void Write(RunDetail detail, TextWriter output)
    {
        var run = detail.Run;
        output.WriteLine(Table.Clean($"{run.Vm}: {run.Phase}{(run.Outcome is null ? "" : ", verdict " + run.Outcome)} (run {run.Id}, plan {run.Plan}, wave {run.Wave}, attempt {run.Attempt})"));
        if (run.Error is not null)
        {
            output.WriteLine(Table.Clean($"error {run.ErrorCode}: {run.Error}"));
            output.WriteLine(Table.Clean($"remedy: {run.Remedy}"));
        }

        if (detail.FailedVerdict is { } failed)
        {
            output.WriteLine(Table.Clean(failed.Accepted is { } accepted
                ? $"verdict of Fail accepted by {accepted.By}, {Text.Time(accepted.At)}: {accepted.Reason}"
                : $"verdict of Fail, which holds the waves after {run.Wave} of the plan: {failed.Statement}"));
            if (failed.Holds)
            {
                output.WriteLine(Table.Clean($"remedy: {failed.Remedy}"));
            }
        }

        output.WriteLine();
        if (run.Mode == Migrate.Planner.Concerns.MigrationMode.Warm)
        {
            output.WriteLine(Table.Clean(
                $"warm; {(run.ReadyAt is null ? "the last pass does not fit the allowed downtime yet" : "ready since " + Text.Time(run.ReadyAt))}{(run.CutOverAt is null ? "" : ", to be cut over from " + Text.Time(run.CutOverAt))}; see 'migrate run passes' and 'migrate run forecast'"));
        }

        foreach (var d in detail.Disks.Where(d => d.BytesPerSecond > 0 || d.Bottleneck is not null))
        {
            output.WriteLine(Table.Clean(
                $"{d.Label}: {Text.Bytes(d.BytesDone)} of {Text.Bytes(d.CapacityBytes)}, {Text.Rate(d.BytesPerSecond)}{Left(d)}{(d.Bottleneck is null ? "" : "; " + d.Bottleneck)}"));
        }

        var disks = new Table("DISK", "READER", "CAPACITY", "READ", "WRITTEN", "ZERO", "SOURCE HASH", "DESTINATION HASH", "EQUAL");
        foreach (var d in detail.Disks)
        {
            disks.Add(
                d.Label, d.Reader, Text.Bytes(d.CapacityBytes), Text.Bytes(d.BytesRead), Text.Bytes(d.BytesWritten), Text.Bytes(d.BytesZero),
                Short(d.SourceHash), Short(d.DestinationHash), d.VerifiedAt is null ? "not yet" : d.DestinationHash is null ? "by a sample" : d.SourceHash == d.DestinationHash ? "yes" : "NO");
        }

        disks.Write(output);
        output.WriteLine($"verified by: {detail.Verify}");
        if (detail.Downtime is { } downtime)
        {
            output.WriteLine(DowntimeText.Of(downtime));
        }

        if (detail.Observation is { } observation)
        {
            Write(observation, output);
        }

        if (detail.RollBack is { } back)
        {
            output.WriteLine(DowntimeText.Of(back));
        }

        if (detail.Conversion is { } conversion)
        {
            Write(conversion, output);
        }

        if (detail.Rehearsal is { } rehearsal)
        {
            Write(rehearsal, output);
        }

        foreach (var change in detail.SourceChanges)
        {
            output.WriteLine(Table.Clean("changed on the source: " + change));
        }

        output.WriteLine();
        WriteEvents(detail.Events, output);
    }

    private static void Write(ObservationView observation, TextWriter output)
    {
        output.WriteLine(Table.Clean("its I/O: " + observation.Statement));
        if (observation is { EndedAt: null, Said: { } said })
        {
            output.WriteLine(Table.Clean("  " + said));
        }

        foreach (var noticed in observation.Noticed)
        {
            output.WriteLine(Table.Clean("  not to be trusted: " + noticed));
        }

        foreach (var cause in observation.Causes)
        {
            output.WriteLine(Table.Clean("  may make it slow: " + cause));
        }
    }

    private static void Write(ConversionView conversion, TextWriter output)
    {
        output.WriteLine(Table.Clean(
            $"conversion: {conversion.State}{(conversion.Guest is null ? "" : $" ({conversion.Guest})")}{(conversion.Reason is null ? "" : ": " + conversion.Reason)}"
                + (conversion.ChangedBytes > 0 ? $"; {Text.Bytes(conversion.ChangedBytes)} changed by {conversion.Tool}" : "")));
        foreach (var line in conversion.Renamed.Concat(conversion.Warnings.Select(x => "look at: " + x)))
        {
            output.WriteLine(Table.Clean("  " + line));
        }

        output.WriteLine(Table.Clean("  log: " + conversion.Log));
        foreach (var line in conversion.LogEnd)
        {
            output.WriteLine(Table.Clean("  | " + line));
        }
    }

    private static void Write(RehearsalView rehearsal, TextWriter output)
    {
        if (rehearsal.State is { } state)
        {
            var took = rehearsal is { ConversionSeconds: { } seconds, Guest: { } guest }
                ? $"; {(rehearsal.IsConverted ? "converting" : "looking into")} {guest} took {Text.Duration(TimeSpan.FromSeconds(seconds))}" : "";
            var boot = rehearsal.BootSeconds is { } until ? $"; up after {Text.Duration(TimeSpan.FromSeconds(until))}" : "";
            output.WriteLine(Table.Clean($"rehearsal: {state} ({Text.Time(rehearsal.StartedAt)}){took}{boot}{(rehearsal.Reason is null ? "" : ". " + rehearsal.Reason)}"));
        }

        if (rehearsal.AskedAt is { } asked && rehearsal.State is not Migrate.Executor.Rehearsals.RehearsalState.Running)
        {
            output.WriteLine($"rehearsal: asked for {Text.Time(asked)}, begins when the run is Ready");
        }

        if (rehearsal.Remedy is { } remedy)
        {
            output.WriteLine(Table.Clean("  remedy: " + remedy));
        }

        if (rehearsal is { Log: { } log, State: not Migrate.Executor.Rehearsals.RehearsalState.Works })
        {
            output.WriteLine(Table.Clean("  log: " + log));
        }

        foreach (var line in (rehearsal.ConsoleEnd ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(20))
        {
            output.WriteLine(Table.Clean("  | " + line));
        }
    }

    public static void WriteEvents(IEnumerable<RunEventView> events, TextWriter output)
    {
        foreach (var e in events)
        {
            output.WriteLine(Table.Clean($"{Text.Time(e.At)} {e.Phase,-11} {(e.Level == "info" ? "" : e.Level + ": ")}{e.Message}"));
        }
    }

    private static string Short(string? hash) => hash is { Length: > 16 } ? hash[..16] + "…" : hash ?? "";

    private static string Left(RunDiskView d)
    {
        if (d.StalledSince is { } since)
        {
            return ", stalled since " + Text.Time(since);
        }

        var band = d.EarliestEtaSeconds is { } earliest && d.LatestEtaSeconds is { } latest && latest > earliest ? $" ({Of(earliest)} to {Of(latest)})" : "";
        return d.EtaSeconds is { } eta ? $", {Of(eta)} left{band}" : "";

        static string Of(long seconds) => Text.Duration(TimeSpan.FromSeconds(seconds));
    }
}
