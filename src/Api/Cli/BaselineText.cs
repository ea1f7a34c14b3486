using System.Globalization;
using Migrate.Api.Baselines;
using Migrate.Planner.Baselines;
using Migrate.Planner.Baselines.Histograms;
using Migrate.Planner.Baselines.Profiles;

namespace Migrate.Api.Cli;

/// <summary>Baselines for people. Latency percentiles are of 20 s means and every table says so.</summary>
internal static class BaselineText
{
    private static readonly string[] Days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

    public static void WriteStatus(BaselineLoadView load, IReadOnlyList<BaselineWatchView> watches, TextWriter output)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Source {load.Source}: {load.Vms} VMs with {load.Disks} disks are collected; {load.CallsPerPoll} calls every {load.MinutesBetweenPolls:0} minutes, {load.CallsPerMinute:0.0} calls per minute (at most {load.MetricsPerQuery} metrics per query{(load.LastCalls is { } last ? $"; the last poll made {last} calls" : "")})."));
        var table = new Table("VM", "STATE", "DISKS", "SINCE", "NEWEST SAMPLE", "GAPS", "STORED");
        foreach (var w in watches)
        {
            table.Add(w.VmName, w.State, w.Disks, Text.Time(w.StartedAt), Text.Time(w.Newest), w.Gaps, Text.Bytes(w.StoredBytes));
        }

        table.Write(output);
        foreach (var w in watches.Where(w => w.Error is not null))
        {
            output.WriteLine($"{Table.Clean(w.VmName)}: {Table.Clean(w.Error!)}");
        }
    }

    public static void Write(CollectedBaseline baseline, bool byHour, TextWriter output)
    {
        output.WriteLine($"{Table.Clean(baseline.VmName)} ({baseline.VmKey}): trust {baseline.Trust.Level}");
        foreach (var reason in baseline.Trust.Reasons)
        {
            output.WriteLine(Table.Clean($"  {reason.AtMost} at most ({reason.Code}): {reason.Message} {reason.Remedy}".TrimEnd()));
        }

        foreach (var disk in baseline.Disks)
        {
            output.WriteLine();
            WriteDisk(disk, byHour, output);
        }

        foreach (var disk in baseline.Vsan)
        {
            output.WriteLine();
            output.Write("From vSAN's performance service, beside the samples above: ");
            WriteDisk(disk, byHour, output);
        }

        if (baseline.VsanProblem is { } problem)
        {
            output.WriteLine(Table.Clean(problem));
        }

        foreach (var imported in baseline.Histograms)
        {
            output.WriteLine();
            WriteHistograms(imported, output);
        }
    }

    public static void WriteHistograms(DiskHistograms imported, TextWriter output)
    {
        output.WriteLine($"Disk {imported.DiskKey}, histograms of {imported.Origin}, imported {Text.Time(imported.ImportedAt)}{When(imported)}; percentiles are of single I/Os, as the bins that hold them:");
        var table = new Table("METRIC", "DIRECTION", "I/OS", "MEAN", "P50", "P95", "P99");
        foreach (var h in imported.Histograms)
        {
            table.Add(h.Metric, h.Direction, h.Count, Text.Number(h.Mean), Bin(h, 0.5), Bin(h, 0.95), Bin(h, 0.99));
        }

        table.Write(output);
    }

    private static string When(DiskHistograms imported) => imported switch
    {
        { Counted: { } span } => $", counted {Text.Time(span.From)} to {Text.Time(span.To)}",
        { Origin: HistogramImport.VscsiStatsOrigin } => ", nobody said when they were counted, so that they decide no verdict (import the file again with --from and --to)",
        _ => "",
    };

    private static void WriteDisk(DiskProfile disk, bool byHour, TextWriter output)
    {
        var whole = disk.Whole;
        output.WriteLine($"Disk {disk.DiskKey} ({disk.Instance}): {Text.Count(whole.Samples, "sample")} of {Interval(disk)}{(disk.From is null ? "" : $", {Text.Time(disk.From)} to {Text.Time(disk.To)}")}");
        if (whole.Samples == 0)
        {
            return;
        }

        var table = new Table("", "IOPS MEAN", $"IOPS P95 OF {Interval(disk).ToUpperInvariant()} MEANS", "LATENCY MEAN", $"P50 OF {Interval(disk).ToUpperInvariant()} MEANS", $"P95 OF {Interval(disk).ToUpperInvariant()} MEANS", "UNIT", "I/O SIZE", "OUTSTANDING", "THROUGHPUT");
        Add("read", whole.Read, disk.ReadLatency);
        Add("write", whole.Write, disk.WriteLatency);
        table.Write(output);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"sequential {Sequential(whole)}; changes {Change(whole)}{(disk.MeasuredChanges > 0 ? $"; {Text.Count(disk.MeasuredChanges, "pass")} of warm runs measured what changed" : "")}"));
        if (byHour)
        {
            WriteHours(disk, output);
        }

        void Add(string name, DirectionFigures d, LatencyUnit unit) => table.Add(
            name, Text.Number(d.Iops?.Mean), Text.Number(d.Iops?.P95), Text.Microseconds(d.LatencyUs?.Mean), Text.Microseconds(d.LatencyUs?.P50), Text.Microseconds(d.LatencyUs?.P95),
            unit, Size(d), Text.Number(d.Outstanding?.Mean), d.BytesPerSecond is { } bytes ? Text.Rate(bytes.Mean) : "–");
    }

    private static void WriteHours(DiskProfile disk, TextWriter output)
    {
        var table = new Table("HOUR (UTC)", "SAMPLES", "READS/S", "WRITES/S", $"READ P95 OF {Interval(disk).ToUpperInvariant()} MEANS", $"WRITE P95 OF {Interval(disk).ToUpperInvariant()} MEANS", "READ SIZE", "WRITE SIZE", "OUTSTANDING", "SEQUENTIAL", "CHANGES");
        foreach (var (hour, slot) in disk.Hours.Select((hour, slot) => (hour, slot)).Where(x => x.hour.Samples > 0))
        {
            table.Add(
                string.Create(CultureInfo.InvariantCulture, $"{Days[slot / 24]} {slot % 24:00}:00"), hour.Samples, Text.Number(hour.Read.Iops?.Mean), Text.Number(hour.Write.Iops?.Mean),
                Text.Microseconds(hour.Read.LatencyUs?.P95), Text.Microseconds(hour.Write.LatencyUs?.P95), Size(hour.Read), Size(hour.Write), Text.Number(Outstanding(hour)), Sequential(hour), Change(hour));
        }

        table.Write(output);
    }

    private static string Size(DirectionFigures direction) => direction.BytesPerIo is { } size ? Text.Bytes(size) : "–";

    private static string Sequential(LoadFigures figures) => figures.SequentialShare is { } share ? share.ToString("P0", CultureInfo.InvariantCulture) : "not measured";

    private static double? Outstanding(LoadFigures figures) =>
        figures.Read.Outstanding is null && figures.Write.Outstanding is null ? null : (figures.Read.Outstanding?.Mean ?? 0) + (figures.Write.Outstanding?.Mean ?? 0);

    /// <summary>A figure of change tracking, or one of which only a limit is known.</summary>
    private static string Change(LoadFigures figures) => figures switch
    {
        { ChangeBytesPerSecond: { } rate, ChangeOrigin: ChangeOrigin.ChangeTracking } => $"{Text.Rate(rate)} (by change tracking)",
        { ChangeBytesPerSecond: { } rate } => $"≤ {Text.Rate(rate)} (what is written)",
        _ => "not measured",
    };

    private static string Interval(DiskProfile disk) => disk.IntervalSeconds < 60 ? $"{disk.IntervalSeconds} s" : $"{disk.IntervalSeconds / 60} min";

    private static string Bin(IoHistogram histogram, double share) => histogram.Percentile(share) switch
    {
        null => "–",
        (var over, null) => $"> {Text.Number(over)}",
        (null, var upTo) => $"≤ {Text.Number(upTo)}",
        var (over, upTo) => $"{Text.Number(over)}…{Text.Number(upTo)}",
    };
}
