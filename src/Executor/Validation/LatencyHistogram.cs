using System.Globalization;
using System.Text.Json;
using Migrate.Executor.Destinations;
using Migrate.Executor.Domains;
using Migrate.Planner;

namespace Migrate.Executor.Validation;

/// <summary>Counters at the start of an observation; can be stored as JSON between two steps.</summary>
public sealed record LatencyStart(string Domain, DateTime At, IReadOnlyList<DiskCounters> Disks);

/// <summary>QEMU's totals of one disk at one moment. <paramref name="QemuDevice"/> is the disk's alias, QEMU's id of the device.</summary>
public sealed record DiskCounters(
    int DiskKey, string Label, string QemuDevice, long ReadOperations, long ReadBytes, long ReadNanoseconds, long WriteOperations, long WriteBytes, long WriteNanoseconds);

/// <summary>QEMU's block latency histogram of a running domain, set and read by QMP.</summary>
public static class LatencyHistogram
{
    /// <summary>Upper limits of vscsiStats' latency bins in microseconds, so that its histograms can be laid beside ours.</summary>
    public static IReadOnlyList<long> LimitsUs { get; } = [1, 10, 100, 500, 1000, 5000, 15_000, 30_000, 50_000, 100_000];

    /// <summary>vscsiStats' limits are inclusive, QEMU's bins are half-open [from, to): one nanosecond more makes them the same.</summary>
    internal static IEnumerable<long> BoundariesNs => LimitsUs.Select(us => (us * 1000) + 1);

    /// <summary>Starts counting afresh, with boundaries at vscsiStats' limits.</summary>
    public static async Task<LatencyStart> StartAsync(
        LibvirtConnection connection, string domain, IReadOnlyList<DomainDisk> disks, TimeProvider time, CancellationToken cancellationToken)
    {
        var boundaries = string.Join(',', BoundariesNs.Select(b => b.ToString(CultureInfo.InvariantCulture)));
        foreach (var disk in disks)
        {
            var id = JsonEncodedText.Encode(disk.Alias);
            await connection.MonitorCommandAsync(
                domain, $$$"""{"execute":"block-latency-histogram-set","arguments":{"id":"{{{id}}}","boundaries":[{{{boundaries}}}]}}""", cancellationToken);
        }
        var stats = await StatsAsync(connection, domain, cancellationToken);
        return new LatencyStart(domain, time.GetUtcNow().UtcDateTime, [.. disks.Select(d => Counters(stats, domain, d.DiskKey, d.Label, d.Alias))]);
    }

    /// <summary>What was counted since the start.</summary>
    public static async Task<IReadOnlyList<LatencyMeasurement>> ReadAsync(
        LibvirtConnection connection, LatencyStart start, TimeProvider time, CancellationToken cancellationToken)
    {
        var stats = await StatsAsync(connection, start.Domain, cancellationToken);
        var seconds = (time.GetUtcNow().UtcDateTime - start.At).TotalSeconds;
        return [.. start.Disks.Select(then =>
        {
            var now = Counters(stats, start.Domain, then.DiskKey, then.Label, then.QemuDevice);
            var device = stats[then.QemuDevice];
            if (now.ReadOperations < then.ReadOperations || now.WriteOperations < then.WriteOperations || !device.TryGetProperty("rd_latency_histogram", out _))
            {
                throw new MigrateException(
                    "latency.restarted",
                    $"QEMU of the domain {start.Domain} was restarted while its latency was observed: the counts of {then.Label} are gone.",
                    "Observe again while the domain keeps running.");
            }
            return new LatencyMeasurement
            {
                DiskKey = then.DiskKey,
                Label = then.Label,
                ObservedSeconds = seconds,
                Read = new DirectionMeasurement
                {
                    Operations = now.ReadOperations - then.ReadOperations,
                    Bytes = now.ReadBytes - then.ReadBytes,
                    TotalNanoseconds = now.ReadNanoseconds - then.ReadNanoseconds,
                    Bins = Bins(device.GetProperty("rd_latency_histogram")),
                },
                Write = new DirectionMeasurement
                {
                    Operations = now.WriteOperations - then.WriteOperations,
                    Bytes = now.WriteBytes - then.WriteBytes,
                    TotalNanoseconds = now.WriteNanoseconds - then.WriteNanoseconds,
                    Bins = Bins(device.GetProperty("wr_latency_histogram")),
                },
            };
        })];
    }

    internal static IReadOnlyList<LatencyBin> Bins(JsonElement histogram)
    {
        var limits = histogram.GetProperty("boundaries").EnumerateArray().Select(b => b.GetInt64() / 1000).ToList();
        return [.. histogram.GetProperty("bins").EnumerateArray().Select((count, i) =>
            new LatencyBin(i == 0 ? 0 : limits[i - 1], i < limits.Count ? limits[i] : null, count.GetInt64()))];
    }

    private static async Task<Dictionary<string, JsonElement>> StatsAsync(LibvirtConnection connection, string domain, CancellationToken cancellationToken)
    {
        var answer = await connection.MonitorCommandAsync(domain, """{"execute":"query-blockstats"}""", cancellationToken);
        return answer.EnumerateArray()
            .Where(device => device.TryGetProperty("qdev", out _))
            .ToDictionary(device => device.GetProperty("qdev").GetString()!, device => device.GetProperty("stats"));
    }

    private static DiskCounters Counters(Dictionary<string, JsonElement> stats, string domain, int key, string label, string alias)
    {
        if (!stats.TryGetValue(alias, out var device))
        {
            throw new MigrateException(
                "latency.no-disk",
                $"QEMU of the domain {domain} knows no device {alias} ({label}).",
                "The domain was changed after it was defined; define it again from the run, or observe the disks that it has.");
        }
        long Of(string name) => device.GetProperty(name).GetInt64();
        return new DiskCounters(
            key, label, alias, Of("rd_operations"), Of("rd_bytes"), Of("rd_total_time_ns"), Of("wr_operations"), Of("wr_bytes"), Of("wr_total_time_ns"));
    }
}
