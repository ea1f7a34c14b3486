using System.Globalization;
using Migrate.Api.Waves;
using Migrate.Planner.Waves;

namespace Migrate.Api.Cli;

internal static class WavePlanText
{
    public static void Write(WaveVersionDetail detail, TextWriter output)
    {
        var summary = detail.Version.Summary;
        output.WriteLine($"{Text.Count(summary.VmCount, "VM")} in {Text.Count(summary.WaveCount, "wave")}, {Text.Bytes(summary.CopyBytes)}: from {Minute(summary.Start)} to {Minute(summary.End)}");
        output.WriteLine(Bound(summary));
        foreach (var assumption in detail.Assumptions)
        {
            output.WriteLine("  assumed: " + assumption);
        }

        foreach (var failed in detail.FailedVerdicts)
        {
            output.WriteLine(Table.Clean(failed.Holds ? $"  HELD after wave {failed.Wave}: {failed.Line} {failed.Remedy}" : $"  went on after wave {failed.Wave}: {failed.Line}"));
        }

        output.WriteLine();
        var table = new Table("WAVE", "WINDOW", "VMS", "BYTES", "COPIES FROM", "CUTOVERS FROM", "TO", "CLOSES");
        foreach (var wave in detail.Waves)
        {
            table.Add(
                wave.Number, wave.Windows ?? "any time", wave.VmCount, Text.Bytes(wave.CopyBytes), Minute(wave.CopyStart), Minute(wave.FirstCutover), Minute(wave.LastCutover),
                wave.Windows is null ? "" : Minute(wave.Closes));
        }

        table.Write(output);
    }

    public static void WriteVms(IReadOnlyList<VmMove> vms, TextWriter output)
    {
        var table = new Table("VM", "WAVE", "HOST", "GROUP", "COPY FROM", "TO", "RATE", "CUTOVER", "DOWNTIME", "WHY THEN");
        foreach (var vm in vms)
        {
            table.Add(
                vm.Name, vm.Wave, vm.Host, vm.Group ?? "", Minute(vm.CopyStart), Minute(vm.CopyEnd), Text.Rate(vm.BytesPerSecond), Minute(vm.CutoverStart),
                $"{Seconds(vm.DowntimeSeconds.Likely)} ({Seconds(vm.DowntimeSeconds.Low)} to {Seconds(vm.DowntimeSeconds.High)})", vm.Why.Text);
        }

        table.Write(output);
    }

    public static void WriteVersions(IReadOnlyList<WaveVersionView> versions, TextWriter output)
    {
        var table = new Table("VERSION", "MADE", "BY", "VMS", "WAVES", "ENDS", "GAP", "APPROVED", "BY", "REASON");
        foreach (var version in versions)
        {
            table.Add(
                version.Number, Minute(version.MadeAt), version.MadeBy, version.Summary.VmCount, version.Summary.WaveCount, Minute(version.Summary.End), Percent(version.Summary.Gap),
                version.ApprovedAt is { } at ? Minute(at) : "no", version.ApprovedBy ?? "", version.ApprovedBecause ?? "");
        }

        table.Write(output);
    }

    public static void WriteComparison(IReadOnlyList<WaveComparison> variants, TextWriter output)
    {
        var table = new Table("RULES", "ENDS", "BY THE FIRST", "WAVES", "OFF IN ALL", "OTHERWISE", "AT LEAST", "GAP", "WHAT BINDS");
        var first = variants.FirstOrDefault(x => x.Summary is not null)?.Summary;
        foreach (var variant in variants)
        {
            if (variant.Summary is not { } summary)
            {
                table.Add(variant.Name, "no plan", "", "", "", "", "", "", variant.Problem ?? "");
                continue;
            }

            var later = summary.End - first!.End;
            table.Add(
                variant.Name, Minute(summary.End), later == TimeSpan.Zero ? "" : $"{(later > TimeSpan.Zero ? "+" : "-")}{Text.Duration(later.Duration())}", summary.WaveCount,
                Seconds(variant.DowntimeSeconds ?? 0), Text.Count(variant.ChangedVms, "VM"), Minute(summary.BoundEnd), Percent(summary.Gap), string.Join(", ", variant.Binding.Select(x => $"{x.Key} {x.Value}")));
        }

        table.Write(output);
    }

    public static void WriteDiff(WaveVersionDiff diff, IReadOnlyList<WaveVmChange> changes, TextWriter output)
    {
        output.WriteLine($"From version {diff.From.Number} to version {diff.To.Number}: {Text.Count(diff.VmCount, "VM")} of {Math.Max(diff.From.Summary.VmCount, diff.To.Summary.VmCount)} {(diff.VmCount == 1 ? "moves" : "move")} otherwise, {(diff.Rules.Count == 0 ? "by the same rules" : Text.Count(diff.Rules.Count, "rule differs", "rules differ"))}; the end is {Minute(diff.To.Summary.End)}, was {Minute(diff.From.Summary.End)}.");
        if (diff.Rules.Count > 0)
        {
            output.WriteLine();
            var rules = new Table("RULE", "BEFORE", "AFTER");
            foreach (var rule in diff.Rules)
            {
                rules.Add(rule.Rule, Line(rule.Before), Line(rule.After));
            }

            rules.Write(output);
        }

        if (changes.Count > 0)
        {
            output.WriteLine();
            var vms = new Table("VM", "WAVE", "WAS", "CUTOVER", "WAS", "DOWNTIME", "WAS", "WHY THEN");
            foreach (var vm in changes)
            {
                vms.Add(vm.Name, vm.After?.Wave, vm.Before?.Wave, Cutover(vm.After), Cutover(vm.Before), Off(vm.After), Off(vm.Before), vm.After?.Why.Text);
            }

            vms.Write(output);
        }

        static string Line(string lines) => string.Join("; ", lines.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        static string Cutover(WaveVmTimes? times) => times is null ? "does not move" : Minute(times.CutoverStart);
        static string Off(WaveVmTimes? times) => times is null ? "" : Seconds(times.DowntimeSeconds);
    }

    private static string Bound(WaveSummaryView summary) => summary.Gap <= 0
        ? $"No plan ends earlier: proven. {Text.Count(summary.Schedules, "schedule was", "schedules were")} tried."
        : $"No plan ends before {Minute(summary.BoundEnd)}: this one is at most {Percent(summary.Gap)} longer than the shortest. {Text.Count(summary.Schedules, "schedule was", "schedules were")} tried{(summary.IsCutShort ? ", then time was up" : "")}.";

    private static string Minute(DateTime utc) => utc.ToString("ddd yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);

    private static string Percent(double share) => share.ToString("P1", CultureInfo.InvariantCulture);

    private static string Seconds(double seconds) => double.IsFinite(seconds) ? Text.Duration(TimeSpan.FromSeconds(Math.Min(seconds, 1e8))) : "no end";
}
