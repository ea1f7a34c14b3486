using System.Globalization;
using Migrate.Api.Runs;

namespace Migrate.Api.Cli;

internal static class PassText
{
    public static void Write(IReadOnlyList<PassView> passes, TextWriter output)
    {
        var table = new Table("PASS", "OUTCOME", "MOMENT", "BASIS", "NAMED", "READ", "SENT", "COPY", "SNAPSHOT", "MERGE", "SELF-TEST");
        foreach (var pass in passes)
        {
            table.Add(
                pass.IsLast ? $"{pass.Number} last" : pass.Number, pass.Outcome, Text.Time(pass.FrozenAt),
                string.Join("+", pass.Disks.Select(x => x.Basis).Distinct()), Text.Bytes(pass.BytesNamed), Text.Bytes(pass.BytesRead), Text.Bytes(pass.BytesSent),
                Seconds(pass.CopySeconds), Seconds(pass.FreezeMs / 1000.0), Seconds(pass.MergeMs / 1000.0),
                pass.SampledExtents == 0 ? "" : pass.WrongExtents == 0 ? $"{pass.SampledExtents} extents, none wrong" : $"{pass.SampledExtents} extents, {pass.WrongExtents} WRONG");
        }

        table.Write(output);
        foreach (var pass in passes.Where(x => x.Reason is not null))
        {
            output.WriteLine(Table.Clean($"pass {pass.Number} was given up: {pass.Reason}"));
        }
    }

    public static void Write(IReadOnlyList<ForecastView> forecasts, TextWriter output)
    {
        var table = new Table("VM", "ALLOWED", "PASSES", "DOWNTIME", "AT BEST", "AT WORST", "LAST PASS", "CHANGE/COPY");
        foreach (var x in forecasts)
        {
            table.Add(
                x.Vm, $"{x.AllowedDowntimeSeconds} s", !x.IsKnown ? "unknown" : x.PassesNeeded?.ToString(CultureInfo.InvariantCulture) ?? "never fits",
                Seconds(x.DowntimeSeconds?.Likely), Seconds(x.DowntimeSeconds?.Low), Seconds(x.DowntimeSeconds?.High),
                x.LastPassBytes is { } bytes ? Text.Bytes(bytes.Likely) : "", x.ChangeRatio?.ToString("0.###", CultureInfo.InvariantCulture));
        }

        table.Write(output);
        foreach (var x in forecasts)
        {
            if (!x.IsKnown)
            {
                output.WriteLine(Table.Clean($"{x.Vm}: neither a baseline nor passes tell how fast it changes. Collect a baseline, or see after the first passes."));
            }
            else if (x.Why is not null)
            {
                output.WriteLine(Table.Clean($"{x.Vm}: {x.Why} {x.Remedy}"));
            }
        }
    }

    private static string Seconds(double? seconds) => seconds is { } x ? string.Create(CultureInfo.InvariantCulture, $"{x:0.0##} s") : "";
}
