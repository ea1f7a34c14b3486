using Migrate.Planner.Baselines;
using Migrate.Planner.Inventory;
using Migrate.Vim25;
using VirtualDisk = Migrate.Planner.Inventory.VirtualDisk;

namespace Migrate.Planner.VSphere;

/// <summary>
/// Reads a VM's realtime storage counters: 20 s means, about one hour back; nothing finer exists, and history does not keep the
/// microsecond counters. Counters are asked for by group.name.rollup, since their numbers differ from server to server.
/// </summary>
internal sealed class PerformanceReader(VSphereSession session)
{
    private const string ReadLatencyUs = "virtualDisk.readLatencyUS.latest";
    private const string WriteLatencyUs = "virtualDisk.writeLatencyUS.latest";
    private const string ReadLatencyMs = "virtualDisk.totalReadLatency.average";
    private const string WriteLatencyMs = "virtualDisk.totalWriteLatency.average";
    private const string ReadIops = "virtualDisk.numberReadAveraged.average";
    private const string WriteIops = "virtualDisk.numberWriteAveraged.average";
    private const string ReadKBps = "virtualDisk.read.average";
    private const string WriteKBps = "virtualDisk.write.average";
    private const string ReadOutstanding = "virtualDisk.readOIO.latest";
    private const string WriteOutstanding = "virtualDisk.writeOIO.latest";

    private static readonly string[] Counters =
        [ReadIops, WriteIops, ReadLatencyUs, WriteLatencyUs, ReadLatencyMs, WriteLatencyMs, ReadKBps, WriteKBps, ReadOutstanding, WriteOutstanding];

    /// <summary>One hour of 20 s samples: what servers keep.</summary>
    private const int MaxSamples = 180;

    /// <summary>vCenter refuses queries above config.vpxd.stats.maxQueryMetrics, which was 64 before 6.5; ten counters per disk.</summary>
    private const int DisksPerQuery = 6;

    public async Task<Baseline> ReadAsync(Vm vm, CancellationToken cancellationToken)
    {
        var entity = new ManagedObjectReference("VirtualMachine", vm.Key);
        var ids = await CounterIdsAsync(cancellationToken);
        var provider = (await session.CallAsync(
            new QueryPerfProviderSummaryRequest { This = session.Content.PerfManager, Entity = entity }, cancellationToken)).Value;
        var series = new List<DiskSeries>();
        if (provider is { CurrentSupported: true } && ids.Count > 0)
        {
            foreach (var disks in vm.Disks.Where(d => d.Instance.Length > 0).Chunk(DisksPerQuery))
            {
                series.AddRange(await QueryAsync(entity, disks, ids, provider.RefreshRate ?? 20, cancellationToken));
            }
        }

        return new Baseline
        {
            VmKey = vm.Key,
            CollectedAt = session.Time.GetUtcNow().UtcDateTime,
            MissingCounters = [.. Counters.Where(c => !series.Any(s => s.Fills(c)))],
            Disks = [.. series.Select(s => new DiskBaseline { DiskKey = s.Disk.Key, Instance = s.Disk.Instance, Samples = [.. Samples(s)] })],
        };
    }

    /// <summary>The server's numbers for our counters. Names are not unique on real servers; the first is taken.</summary>
    private async Task<Dictionary<string, int>> CounterIdsAsync(CancellationToken cancellationToken)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        if (session.Content.PerfManager is not { } manager)
        {
            return ids;
        }

        var properties = await new PropertyReader(session).ReadOneAsync(manager, ["perfCounter"], cancellationToken);
        foreach (var counter in properties?.Get<ArrayOfPerfCounterInfo>("perfCounter")?.PerfCounterInfo ?? [])
        {
            var name = $"{counter.GroupInfo?.Key}.{counter.NameInfo?.Key}.{counter.RollupType}";
            if (Counters.Contains(name))
            {
                ids.TryAdd(name, counter.Key);
            }
        }

        return ids;
    }

    private async Task<IEnumerable<DiskSeries>> QueryAsync(
        ManagedObjectReference entity, VirtualDisk[] disks, Dictionary<string, int> ids, int interval, CancellationToken cancellationToken)
    {
        var answer = (await session.CallAsync(new QueryPerfRequest
        {
            This = session.Content.PerfManager,
            QuerySpec =
            [
                new PerfQuerySpec
                {
                    Entity = entity,
                    MaxSample = MaxSamples,
                    IntervalId = interval,
                    Format = "csv",
                    MetricId = [.. disks.SelectMany(_ => ids.Values, (d, id) => new PerfMetricId { CounterId = id, Instance = d.Instance })],
                },
            ],
        }, cancellationToken)).Value?.FirstOrDefault();
        return disks.Select(d => DiskSeries.Of(d, answer, ids));
    }

    private static IEnumerable<BaselineSample> Samples(DiskSeries series) => Enumerable.Range(0, series.Times.Count)
        .Select(i => new BaselineSample(
            series.Times[i],
            series.At(ReadIops, i),
            series.At(WriteIops, i),
            Latency(series, ReadLatencyUs, ReadLatencyMs, i),
            Latency(series, WriteLatencyUs, WriteLatencyMs, i),
            series.At(ReadKBps, i) * 1024,
            series.At(WriteKBps, i) * 1024,
            series.At(ReadOutstanding, i),
            series.At(WriteOutstanding, i)))
        .OrderBy(s => s.At);

    /// <summary>Milliseconds only where microseconds never came: in them a disk that answers in 200 µs reads as 0.</summary>
    private static double? Latency(DiskSeries series, string us, string ms, int index) =>
        series.Fills(us) ? series.At(us, index) : series.At(ms, index) * 1000;
}
