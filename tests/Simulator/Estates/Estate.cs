namespace Migrate.Simulator.Estates;

/// <summary>
/// What a simulated vCenter manages, as one readable file describes it (README.md has every key). Only what matters
/// for a rehearsal needs to be written: the simulator supplies a datacenter, a cluster, hosts and a
/// network where the file names none.
/// </summary>
public sealed record Estate
{
    /// <summary>Name of the vCenter, shown in its About.</summary>
    public string Name { get; init; } = "vcenter.example";
    /// <summary>Seeds everything that is generated: UUIDs, MAC addresses, synthetic disks, samples.</summary>
    public int Seed { get; init; } = 1;
    /// <summary>config.vpxd.stats.maxQueryMetrics: entities × counters × instances that one QueryPerf may ask for; -1 lifts it.</summary>
    public int MaxQueryMetrics { get; init; } = 256;
    /// <summary>Statistics level, 1 to 4: counters above it have no samples. The microsecond latencies are on level 4.</summary>
    public int StatisticsLevel { get; init; } = 4;
    public IReadOnlyList<EstateDatacenter> Datacenters { get; init; } = [];
    public IReadOnlyList<EstateCluster> Clusters { get; init; } = [];
    public IReadOnlyList<EstateHost> Hosts { get; init; } = [];
    public IReadOnlyList<EstateDatastore> Datastores { get; init; } = [];
    public IReadOnlyList<EstateNetwork> Networks { get; init; } = [];
    public IReadOnlyList<EstateVm> Vms { get; init; } = [];
}

public sealed record EstateDatacenter
{
    public required string Name { get; init; }
    /// <summary>Folders above it, e.g. "Europe/North".</summary>
    public string Folder { get; init; } = "";
}

public sealed record EstateCluster
{
    public required string Name { get; init; }
    public string? Datacenter { get; init; }
    public bool Drs { get; init; } = true;
    public bool Ha { get; init; } = true;
    public bool Vsan { get; init; }
}
