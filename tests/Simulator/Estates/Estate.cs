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
    /// <summary>Version of vim25 that it speaks, as its About has it, e.g. "6.7.3" or "9.0.0.0": what is newer does not exist in it.</summary>
    public string ApiVersion { get; init; } = Schema.ApiVersion.Usual.ToString();
    /// <summary>Seeds everything that is generated: UUIDs, MAC addresses, synthetic disks, samples.</summary>
    public int Seed { get; init; } = 1;
    /// <summary>config.vpxd.stats.maxQueryMetrics: entities × counters × instances that one QueryPerf may ask for; -1 lifts it.</summary>
    public int MaxQueryMetrics { get; init; } = 256;
    /// <summary>Statistics level, 1 to 4: counters above it have no samples. The microsecond latencies are on level 4.</summary>
    public int StatisticsLevel { get; init; } = 4;
    /// <summary>Further users, with the same password, who may do less than the one of the command line.</summary>
    public IReadOnlyList<EstateUser> Users { get; init; } = [];
    public IReadOnlyList<EstateDatacenter> Datacenters { get; init; } = [];
    public IReadOnlyList<EstateCluster> Clusters { get; init; } = [];
    public IReadOnlyList<EstateHost> Hosts { get; init; } = [];
    public IReadOnlyList<EstateDatastore> Datastores { get; init; } = [];
    public IReadOnlyList<EstateNetwork> Networks { get; init; } = [];
    public IReadOnlyList<EstateVm> Vms { get; init; } = [];
    /// <summary>Unset: what vSAN comes with, RAID-1 for one failure. Disks on vSAN that name none have the first.</summary>
    public IReadOnlyList<EstatePolicy> Policies { get; init; } = [new EstatePolicy { Name = "vSAN Default Storage Policy" }];
}

public sealed record EstateUser
{
    public required string Name { get; init; }
    /// <summary>Privilege ids, held on everything; System.Anonymous, System.View and System.Read come by themselves.</summary>
    public IReadOnlyList<string> Privileges { get; init; } = [];
    /// <summary>First parts of paths that it may not read, by type, e.g. "VirtualMachine.config": they come in missingSet.</summary>
    public IReadOnlyList<string> Unreadable { get; init; } = [];
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
    /// <summary>manual, partiallyAutomated or fullyAutomated.</summary>
    public string DrsAutomation { get; init; } = "fullyAutomated";
    public bool Dpm { get; init; }
    /// <summary>E.g. "intel-broadwell".</summary>
    public string? Evc { get; init; }
    public IReadOnlyList<EstateRule> Rules { get; init; } = [];
    public bool Vsan { get; init; }
    /// <summary>How vSAN is and what its service says of it.</summary>
    public EstateVsan VsanState { get; init; } = new();
}

public sealed record EstateVsan
{
    /// <summary>Express Storage Architecture; otherwise disk groups of one cache device and two others.</summary>
    public bool Esa { get; init; } = true;
    /// <summary>OSA only: capacity devices are rotating ones.</summary>
    public bool Hybrid { get; init; }
    public bool Deduplication { get; init; }
    public bool Compression { get; init; } = true;
    public bool Encryption { get; init; }
    /// <summary>green, yellow or red.</summary>
    public string Health { get; init; } = "green";
    public long ResyncBytes { get; init; }
    /// <summary>Name of the host that is the witness of two sites; unset: one site.</summary>
    public string? Witness { get; init; }
    public int DegradedObjects { get; init; }
    /// <summary>The performance service is switched on and keeps five-minute means of virtual disks.</summary>
    public bool PerformanceService { get; init; } = true;
    /// <summary>Unit of its latencies: time_us or time_ms.</summary>
    public string PerformanceLatencyUnit { get; init; } = "time_us";
    /// <summary>Its times are written so many minutes ahead of UTC, without saying so.</summary>
    public int PerformanceZoneMinutes { get; init; }
    /// <summary>It names disks vscsi0:0 and not scsi0:0.</summary>
    public bool PerformanceNamesVscsi { get; init; }
    /// <summary>False: vCenter's vSAN service and its policy service answer 404, as when they do not run.</summary>
    public bool ServiceRuns { get; init; } = true;
}

/// <summary>A storage policy with rules for vSAN.</summary>
public sealed record EstatePolicy
{
    public required string Name { get; init; }
    public int FailuresToTolerate { get; init; } = 1;
    public bool ErasureCoding { get; init; }
    public int StripeWidth { get; init; } = 1;
    public int SpaceReservation { get; init; }
    public int IopsLimit { get; init; }
    public bool ChecksumDisabled { get; init; }
}
