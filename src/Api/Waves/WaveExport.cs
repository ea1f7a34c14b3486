using System.Globalization;
using System.Text;
using Migrate.Api.Reports.Formats;
using Migrate.Planner.Persistence;
using Migrate.Planner.Waves;

namespace Migrate.Api.Waves;

/// <summary>Waves for other programs: RFC 4180 tables and RFC 5545 calendars.</summary>
internal static class WaveExport
{
    // RFC 5545, section 3.1: a line is no longer than so many octets, its end not counted.
    private const int LongestLine = 75;

    private static readonly string[] Columns =
    [
        "wave", "vm", "vm_key", "group", "host", "copy_start", "copy_end", "bytes", "bytes_per_second", "cutover_start", "cutover_end", "downtime_low_s", "downtime_s", "downtime_high_s",
        "constraint", "why",
    ];

    public static string Csv(IEnumerable<VmMove> vms)
    {
        var text = new StringBuilder().Append(string.Join(',', Columns)).Append("\r\n");
        foreach (var vm in vms)
        {
            text.AppendJoin(',', new[]
            {
                Number(vm.Wave), CsvCell.Of(vm.Name), CsvCell.Of(vm.Key), CsvCell.Of(vm.Group ?? ""), CsvCell.Of(vm.Host), Time(vm.CopyStart), Time(vm.CopyEnd), Number(vm.CopyBytes), Number(vm.BytesPerSecond),
                Time(vm.CutoverStart), Time(vm.CutoverEnd), Number(vm.DowntimeSeconds.Low), Number(vm.DowntimeSeconds.Likely), Number(vm.DowntimeSeconds.High), CsvCell.Of(vm.Why.Constraint), CsvCell.Of(vm.Why.Text),
            }).Append("\r\n");
        }

        return text.ToString();
    }

    /// <summary>An event for the cutovers of each wave.</summary>
    public static string Calendar(string plan, WaveVersion version, WaveSchedule schedule, IEnumerable<VmMove> vms)
    {
        var names = vms.ToLookup(x => x.Wave, x => x.Name);
        var text = new StringBuilder();
        Line("BEGIN:VCALENDAR");
        Line("VERSION:2.0");
        Line("PRODID:-//Migrate//Waves//EN");
        foreach (var wave in schedule.Waves)
        {
            Line("BEGIN:VEVENT");
            Line($"UID:{version.PlanId:N}-wave-{wave.Number}@migrate");
            Line($"SEQUENCE:{version.Number}");
            Line($"DTSTAMP:{Stamp(version.MadeAt)}");
            Line($"DTSTART:{Stamp(wave.FirstCutover)}");
            Line($"DTEND:{Stamp(wave.LastCutover)}");
            Line($"SUMMARY:{Escape($"{plan}: wave {wave.Number}, {Text.Count(wave.VmCount, "VM")}")}");
            Line($"DESCRIPTION:{Escape($"Copies of {Text.Bytes(wave.CopyBytes)} begin {Text.Time(wave.CopyStart)}.\nVMs: {string.Join(", ", names[wave.Number])}")}");
            Line($"STATUS:{(version.ApprovedAt is null ? "TENTATIVE" : "CONFIRMED")}");
            Line("END:VEVENT");
        }

        Line("END:VCALENDAR");
        return text.ToString();

        void Line(string line)
        {
            var length = 0;
            foreach (var rune in line.EnumerateRunes())
            {
                if (length + rune.Utf8SequenceLength > LongestLine)
                {
                    text.Append("\r\n ");
                    length = 1;
                }

                text.Append(rune.ToString());
                length += rune.Utf8SequenceLength;
            }

            text.Append("\r\n");
        }
    }

    private static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(";", "\\;", StringComparison.Ordinal)
        .Replace(",", "\\,", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    private static string Time(DateTime utc) => utc.ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Stamp(DateTime utc) => utc.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
}
