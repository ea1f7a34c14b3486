using System.Text.Json;
using Migrate.Api.Reports;

namespace Migrate.Api.Cli;

/// <summary>A report in a few lines; the file has the rest.</summary>
internal static class ReportText
{
    public static void Write(string path, string json, TextWriter output)
    {
        if (path.StartsWith("plans/", StringComparison.Ordinal))
        {
            Write(JsonSerializer.Deserialize<PlanReport>(json, Json.Options)!, output);
        }
        else
        {
            Write(JsonSerializer.Deserialize<RunReport>(json, Json.Options)!, output);
        }
    }

    private static void Write(PlanReport report, TextWriter output)
    {
        var table = new Table("VM", "WAVE", "PHASE", "VERDICT", "CAPACITY", "TOOK");
        foreach (var row in report.Vms)
        {
            table.Add(
                row.Vm, row.Wave, row.Phase?.ToString() ?? "not started", row.Outcome, Text.Bytes(row.CapacityBytes),
                row.Seconds is { } seconds ? Text.Duration(TimeSpan.FromSeconds(seconds)) : "");
        }

        table.Write(output);
        foreach (var run in report.Runs)
        {
            output.WriteLine();
            Write(run, output);
        }
    }

    private static void Write(RunReport report, TextWriter output)
    {
        output.WriteLine(Table.Clean($"{report.Vm}: {report.Phase}, verdict {report.Outcome?.ToString() ?? "none yet"}"));
        if (report.Failure is { } failure)
        {
            output.WriteLine(Table.Clean($"  {failure.Code}: {failure.Message} Remedy: {failure.Remedy}"));
        }

        foreach (var aspect in report.Aspects)
        {
            output.WriteLine(Table.Clean($"  {aspect.Aspect}: {aspect.Outcome}. {aspect.Statement}"));
            foreach (var reason in aspect.Reasons)
            {
                output.WriteLine(Table.Clean("    - " + reason));
            }
        }

        if (report.Baseline is { } baseline)
        {
            output.WriteLine(Table.Clean($"  Baseline: {baseline.Intervals} intervals of {baseline.IntervalSeconds} s, trust {baseline.Trust}"));
            foreach (var reason in baseline.Reasons)
            {
                output.WriteLine(Table.Clean($"    - at most {reason.AtMost}: {reason.Message}"));
            }
        }

        var table = new Table("DISK", "CAPACITY", "WRITTEN", "ZERO", "RATE", "HASH", "EQUAL");
        foreach (var d in report.Disks)
        {
            table.Add(
                d.Label, Text.Bytes(d.CapacityBytes), Text.Bytes(d.BytesWritten), Text.Bytes(d.BytesZero),
                d.BytesPerSecond is { } rate ? Text.Rate(rate) : "", d.SourceHash, d.Equal switch { true => "yes", false => "NO", null => "not yet" });
        }

        table.Write(output);
    }
}
