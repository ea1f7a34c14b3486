using Migrate.Planner.Baselines;
using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere.Storage;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

public sealed partial class VSphereSession
{
    private PerformanceReader? _performance;
    private DisturbanceReader? _disturbances;
    private DatastoreLatencyReader? _datastoreLatencies;
    private VsanPerformanceReader? _vsanPerformance;

    /// <summary>The last hour of the VM's storage counters, as far as the server keeps them.</summary>
    public async Task<Baseline> ReadBaselineAsync(Vm vm, CancellationToken cancellationToken)
    {
        List<string> instances = [.. vm.Disks.Select(disk => disk.Instance).Where(instance => instance.Length > 0)];
        var reading = await ReadSamplesAsync([new SampleQuery(vm.Key, instances.Count, null, instances)], cancellationToken);
        if (reading.Failures.Values.FirstOrDefault() is { } failure)
        {
            throw failure;
        }

        return Baseline.Of(vm, reading.Samples.SelectMany(x => x.Disks).ToDictionary(x => x.Key, x => x.Value), Time.GetUtcNow().UtcDateTime);
    }

    /// <summary>
    /// Realtime samples of many VMs, in as few queries as the server's limit allows. After the first reading of a session has ended, others may
    /// be made beside one another.
    /// </summary>
    public Task<SampleReading> ReadSamplesAsync(IReadOnlyList<SampleQuery> queries, CancellationToken cancellationToken) =>
        (_performance ??= new PerformanceReader(this)).ReadAsync(queries, cancellationToken);

    /// <summary>Metrics that one query may ask for, as this server has said or shown; 0 before the first reading.</summary>
    public int MetricsPerQuery => _performance?.Limit ?? 0;

    /// <summary>Events between the two times that disturb storage figures of all VMs, or of one, and the queries made; times by the server's clock.</summary>
    public Task<(IReadOnlyList<Disturbance> Found, int Queries)> ReadDisturbancesAsync(DateTime from, DateTime to, CancellationToken cancellationToken, string? vmKey = null) =>
        (_disturbances ??= new DisturbanceReader(this)).ReadAsync(from, to, vmKey, cancellationToken);

    /// <summary>Five-minute means of virtual disks on a cluster's vSAN, from vSAN's performance service.</summary>
    /// <exception cref="MigrateException">source.vsan-performance: the service is off; source.service-absent; what a lost connection is.</exception>
    public Task<VsanReading> ReadVsanSamplesAsync(string clusterKey, IReadOnlyList<VsanSampleQuery> queries, CancellationToken cancellationToken) =>
        (_vsanPerformance ??= new VsanPerformanceReader(this)).ReadAsync(clusterKey, queries, cancellationToken);

    /// <summary>How long I/O of a datastore takes now; null when nothing counts it.</summary>
    public Task<DatastoreLatency?> ReadDatastoreLatencyAsync(string datastoreKey, CancellationToken cancellationToken) =>
        (_datastoreLatencies ??= new DatastoreLatencyReader(this)).ReadAsync(datastoreKey, cancellationToken);

    /// <summary>The server's clock, UTC.</summary>
    public async Task<DateTime> ReadClockAsync(CancellationToken cancellationToken) =>
        (await CallAsync(new CurrentTimeRequest { This = new("ServiceInstance", "ServiceInstance") }, cancellationToken)).Value.ToUniversalTime();
}
