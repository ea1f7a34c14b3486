using Migrate.Planner.Baselines.Series;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>How long reads and writes of a datastore take.</summary>
/// <param name="Latency">Mean over the newest realtime interval of 20 s, of all I/O that was counted.</param>
/// <param name="At">End of that interval by the server's clock, UTC.</param>
public readonly record struct DatastoreLatency(TimeSpan Latency, DateTime At);

/// <summary>
/// Reads a datastore's latency from the realtime counters of the hosts that mount it: one query. Where hosts count nothing, as on vSAN, from
/// those of some VMs that run on it.
/// </summary>
internal sealed class DatastoreLatencyReader(VSphereSession session)
{
    /// <summary>Of four counters each: together what a vCenter answers by default in one query (256).</summary>
    private const int HostsPerQuery = 64;
    private const int MostVms = 16;

    /// <summary>The newest interval may not be complete at each host.</summary>
    private const int NewestSamples = 3;
    private static readonly TimeSpan LookBack = TimeSpan.FromSeconds(NewestSamples * SampleSeries.IntervalSeconds);

    /// <summary>Mounts, and VMs that run, are looked up again so often.</summary>
    private static readonly TimeSpan KnownFor = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, Known> _known = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<DiskCounter, int>? _ids;

    /// <summary>Null when neither hosts nor VMs count anything.</summary>
    public async Task<DatastoreLatency?> ReadAsync(string datastoreKey, CancellationToken cancellationToken)
    {
        if (session.Content.PerfManager is not { } manager)
        {
            return null;
        }

        _ids ??= StorageCounters.Resolve(
            (await new PropertyReader(session).ReadOneAsync(manager, ["perfCounter"], cancellationToken))?.Get<ArrayOfPerfCounterInfo>("perfCounter")?.PerfCounterInfo ?? [],
            StorageCounters.OfDatastores);
        if (!_known.TryGetValue(datastoreKey, out var known) || session.Time.GetElapsedTime(known.At) > KnownFor)
        {
            _known[datastoreKey] = known = await LookUpAsync(datastoreKey, cancellationToken);
        }

        return (known.HostsCount ? Newest(await OfHostsAsync(manager, known, cancellationToken)) : null)
            ?? Newest(await OfVmsAsync(datastoreKey, known, cancellationToken));
    }

    private async Task<Known> LookUpAsync(string datastoreKey, CancellationToken cancellationToken)
    {
        var datastore = await new PropertyReader(session).ReadOneAsync(new ManagedObjectReference("Datastore", datastoreKey), ["summary.url", "host"], cancellationToken);
        return new Known(session.Time.GetTimestamp())
        {
            Instance = DatastoreMapping.UuidIn(datastore?.Text("summary.url") ?? "") ?? "",
            Hosts = [.. (datastore?.Get<ArrayOfDatastoreHostMount>("host")?.DatastoreHostMount ?? []).Select(x => x.Key)],
        };
    }

    private async Task<IReadOnlyList<SampleSeries>> OfHostsAsync(ManagedObjectReference manager, Known known, CancellationToken cancellationToken)
    {
        if (_ids!.Count == 0 || known.Instance.Length == 0)
        {
            return [];
        }

        var counters = _ids.ToDictionary(x => x.Value, x => x.Key);
        var found = new List<SampleSeries>();
        foreach (var hosts in known.Hosts.Chunk(HostsPerQuery))
        {
            var answer = await session.CallAsync(new QueryPerfRequest
            {
                This = manager,
                QuerySpec =
                [
                    .. hosts.Select(host => new PerfQuerySpec
                    {
                        Entity = host,
                        MaxSample = NewestSamples,
                        IntervalId = SampleSeries.IntervalSeconds,
                        Format = "csv",
                        MetricId = [.. counters.Keys.Select(id => new PerfMetricId { CounterId = id, Instance = known.Instance })],
                    }),
                ],
            }, cancellationToken);
            found.AddRange((answer.Value ?? []).Where(x => x.Entity is not null).SelectMany(x => CounterRows.Read(x, counters).Values));
        }

        known.HostsCount = found.Exists(x => x.Fills(DiskCounter.ReadLatencyMs) || x.Fills(DiskCounter.WriteLatencyMs));
        return found;
    }

    private async Task<IReadOnlyList<SampleSeries>> OfVmsAsync(string datastoreKey, Known known, CancellationToken cancellationToken)
    {
        known.Vms ??= await RunningVmsAsync(datastoreKey, cancellationToken);
        if (known.Vms.Count == 0)
        {
            return [];
        }

        var after = await session.ReadClockAsync(cancellationToken) - LookBack;
        var reading = await session.ReadSamplesAsync([.. known.Vms.Select(x => new SampleQuery(x, 1, after))], cancellationToken);
        return [.. reading.Samples.SelectMany(x => x.Disks.Values)];
    }

    private async Task<IReadOnlyList<string>> RunningVmsAsync(string datastoreKey, CancellationToken cancellationToken)
    {
        var reader = new PropertyReader(session);
        var all = (await reader.ReadOneAsync(new ManagedObjectReference("Datastore", datastoreKey), ["vm"], cancellationToken))
            ?.Get<ArrayOfManagedObjectReference>("vm")?.ManagedObjectReference ?? [];
        var running = new List<string>();
        foreach (var some in all.Chunk(100))
        {
            running.AddRange((await reader.ReadManyAsync("VirtualMachine", some, ["runtime.powerState"], cancellationToken)).Select(x => new ObjectProperties(x))
                .Where(x => x.Text("runtime.powerState") == "poweredOn").Select(x => x.Key));
            if (running.Count >= MostVms)
            {
                break;
            }
        }

        return [.. running.Take(MostVms)];
    }

    /// <summary>Of the newest interval that anything is known of, weighted by what was done in it.</summary>
    private static DatastoreLatency? Newest(IReadOnlyList<SampleSeries> series)
    {
        var values = series.SelectMany(x => Enumerable.Range(0, x.Count).SelectMany(i => ValuesOf(x, i).Select(v => (At: x.At(i), v.Microseconds, v.Iops)))).ToList();
        if (values.Count == 0)
        {
            return null;
        }

        var at = values.Max(x => x.At);
        values.RemoveAll(x => x.At != at);
        var done = values.Sum(x => x.Iops);
        var microseconds = done > 0 ? values.Sum(x => x.Microseconds * x.Iops) / done : values.Average(x => x.Microseconds);
        return new DatastoreLatency(TimeSpan.FromMicroseconds(microseconds), at);
    }

    private static IEnumerable<(double Microseconds, double Iops)> ValuesOf(SampleSeries series, int index)
    {
        if ((series.Value(DiskCounter.ReadLatencyUs, index) ?? 1000 * series.Value(DiskCounter.ReadLatencyMs, index)) is { } read)
        {
            yield return (read, series.Value(DiskCounter.ReadIops, index) ?? 0);
        }

        if ((series.Value(DiskCounter.WriteLatencyUs, index) ?? 1000 * series.Value(DiskCounter.WriteLatencyMs, index)) is { } write)
        {
            yield return (write, series.Value(DiskCounter.WriteIops, index) ?? 0);
        }
    }

    private sealed class Known(long at)
    {
        public long At => at;

        /// <summary>What hosts call it in their counters.</summary>
        public required string Instance { get; init; }

        public required IReadOnlyList<ManagedObjectReference> Hosts { get; init; }

        /// <summary>False when they have been asked and had nothing.</summary>
        public bool HostsCount { get; set; } = true;

        public IReadOnlyList<string>? Vms { get; set; }
    }
}
