using System.Globalization;
using System.Text.Json;
using Migrate.Executor.Destinations;
using Migrate.Planner;

namespace Migrate.Executor.Validation.Observation;

/// <summary>Reads what a domain's QEMU counts of its disks, and sets the histograms that it counts in.</summary>
internal static class QemuCounters
{
    private static readonly string[] MigrationGoesOn = ["setup", "active", "pre-switchover", "device", "postcopy-active", "postcopy-paused", "postcopy-recover", "wait-unplug", "cancelling"];

    /// <param name="monitor">Of the KVM host.</param>
    /// <param name="domain">Its name.</param>
    /// <param name="deep">Asks for what changes seldom, too: limits and migrations.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the question.</param>
    public static async Task<DomainReading> ReadAsync(IDomainMonitor monitor, string domain, bool deep, TimeProvider time, CancellationToken cancellationToken)
    {
        var state = await monitor.FindStateAsync(domain, cancellationToken);
        if (state is not (DomainState.Running or DomainState.Blocked or DomainState.Paused or DomainState.Suspended or DomainState.ShuttingDown))
        {
            return Off(time);
        }

        try
        {
            var devices = Devices(await monitor.MonitorCommandAsync(domain, """{"execute":"query-blockstats"}""", cancellationToken));
            var at = Now(time);
            var jobs = Jobs(await monitor.MonitorCommandAsync(domain, """{"execute":"query-jobs"}""", cancellationToken));
            return new DomainReading(
                at, IsOn: true, state is DomainState.Paused or DomainState.Suspended, devices, jobs,
                deep ? Migration(await monitor.MonitorCommandAsync(domain, """{"execute":"query-migrate"}""", cancellationToken)) : null,
                deep ? Limits(await monitor.MonitorCommandAsync(domain, """{"execute":"query-block"}""", cancellationToken)) : null);
        }
        catch (MigrateException e) when (e.Code is "libvirt.failed" or "libvirt.no-domain")
        {
            if (await monitor.FindStateAsync(domain, cancellationToken) is DomainState.Running or DomainState.Blocked or DomainState.Paused)
            {
                throw; // QEMU has a reason of its own not to answer.
            }

            return Off(time); // It ended under the question.
        }
    }

    /// <summary>Counts afresh under a mark, in the bins of <see cref="HistogramGrid"/>; the other counters go on.</summary>
    public static async Task SetAsync(IDomainMonitor monitor, string domain, IEnumerable<DeviceReading> devices, long mark, CancellationToken cancellationToken)
    {
        var boundaries = string.Join(',', HistogramGrid.BoundariesNs(mark).Select(b => b.ToString(CultureInfo.InvariantCulture)));
        foreach (var device in devices)
        {
            await monitor.MonitorCommandAsync(
                domain, $$$"""{"execute":"block-latency-histogram-set","arguments":{"id":"{{{JsonEncodedText.Encode(device.Qdev)}}}","boundaries":[{{{boundaries}}}]}}""", cancellationToken);
        }
    }

    /// <summary>By the alias that the domain's design gave the disk.</summary>
    internal static IReadOnlyDictionary<string, DeviceReading> Devices(JsonElement answer) => answer.EnumerateArray()
        .Where(device => device.TryGetProperty("qdev", out var qdev) && AliasOf(qdev.GetString()!) is not null)
        .Select(device => (Alias: AliasOf(device.GetProperty("qdev").GetString()!)!, Reading: Device(device)))
        .DistinctBy(x => x.Alias) // What has no alias of its own is nobody's disk.
        .ToDictionary(x => x.Alias, x => x.Reading);

    internal static IReadOnlyList<string> Jobs(JsonElement answer) =>
        [.. answer.EnumerateArray().Where(job => job.GetProperty("status").GetString() is not ("concluded" or "null")).Select(job => job.GetProperty("type").GetString()!)];

    internal static string? Migration(JsonElement answer) =>
        answer.TryGetProperty("status", out var status) && MigrationGoesOn.Contains(status.GetString()) ? status.GetString() : null;

    internal static IReadOnlyDictionary<string, IoLimits> Limits(JsonElement answer)
    {
        Dictionary<string, IoLimits> limits = [];
        foreach (var device in answer.EnumerateArray())
        {
            if (device.TryGetProperty("qdev", out var qdev) && AliasOf(qdev.GetString()!) is { } alias && device.TryGetProperty("inserted", out var inserted))
            {
                limits[alias] = new IoLimits(
                    Of(inserted, "iops"), Of(inserted, "iops_rd"), Of(inserted, "iops_wr"), Of(inserted, "bps"), Of(inserted, "bps_rd"), Of(inserted, "bps_wr"));
            }
        }

        return limits;
    }

    private static DomainReading Off(TimeProvider time) => new(Now(time), IsOn: false, IsPaused: false, new Dictionary<string, DeviceReading>(), [], null, null);

    /// <summary>In milliseconds, as it is stored.</summary>
    internal static DateTime Now(TimeProvider time)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMillisecond));
    }

    private static string? AliasOf(string qdev) => qdev.Split('/').FirstOrDefault(part => part is not ("" or "machine" or "peripheral"));

    private static DeviceReading Device(JsonElement device)
    {
        var stats = device.GetProperty("stats");
        // One command sets all three.
        var mark = Mark(stats, "rd_latency_histogram") is { } read && read == Mark(stats, "wr_latency_histogram") && read == Mark(stats, "flush_latency_histogram") ? read : (long?)null;
        return new DeviceReading(
            device.GetProperty("qdev").GetString()!,
            device.TryGetProperty("node-name", out var node) ? node.GetString() : null,
            mark,
            new DiskTotals(
                Direction(stats, "rd", mark), Direction(stats, "wr", mark), Direction(stats, "flush", mark), Of(stats, "unmap_operations"), Of(stats, "unmap_bytes"),
                Of(stats, "failed_rd_operations") + Of(stats, "failed_wr_operations") + Of(stats, "failed_flush_operations") + Of(stats, "failed_unmap_operations")));
    }

    private static DirectionTotals Direction(JsonElement stats, string name, long? mark) => new(
        Of(stats, name + "_operations"), Of(stats, name + "_bytes"), Of(stats, name + "_total_time_ns"), mark is null ? new long[HistogramGrid.Bins] : Bins(stats.GetProperty(name + "_latency_histogram")));

    /// <summary>The last two of QEMU's are one of ours, parted by the mark.</summary>
    private static long[] Bins(JsonElement histogram)
    {
        var counts = histogram.GetProperty("bins").EnumerateArray().Select(x => x.GetInt64()).ToArray();
        return [.. counts[..^2], counts[^2] + counts[^1]];
    }

    private static long? Mark(JsonElement stats, string name) =>
        stats.TryGetProperty(name, out var histogram) ? HistogramGrid.MarkOf([.. histogram.GetProperty("boundaries").EnumerateArray().Select(x => x.GetInt64())]) : null;

    private static long Of(JsonElement of, string name) => of.TryGetProperty(name, out var value) ? value.GetInt64() : 0;
}
