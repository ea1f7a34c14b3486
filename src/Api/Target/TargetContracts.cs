namespace Migrate.Api.Target;

/// <summary>The embedded NVMe/TCP target.</summary>
/// <param name="Address">IP address and port that it listens on.</param>
/// <param name="SubsystemNqn">Name of its subsystem.</param>
/// <param name="Directory">Where its backing files are.</param>
/// <param name="NamespaceCount">How many namespaces it has.</param>
public sealed record TargetView(string Address, string SubsystemNqn, string Directory, int NamespaceCount);

/// <summary>A namespace: one migrated disk.</summary>
/// <param name="Uuid">Derived from the VM and its disk; also in /dev/disk/by-id/nvme-uuid.UUID on a KVM host.</param>
/// <param name="Nsid">Namespace id in the subsystem.</param>
/// <param name="CapacityBytes">Size that hosts see.</param>
/// <param name="AllocatedBytes">What the backing file takes up.</param>
/// <param name="BlockSize">Bytes per logical block.</param>
/// <param name="BackingPath">The raw file.</param>
/// <param name="Online">False while a domain has the backing file open: then the target does not serve it.</param>
/// <param name="GrantedHostNqn">The only host that may do I/O; null for any.</param>
public sealed record NamespaceView(
    Guid Uuid,
    long Nsid,
    long CapacityBytes,
    long AllocatedBytes,
    int BlockSize,
    string BackingPath,
    bool Online,
    string? GrantedHostNqn);

/// <summary>A subsystem: what hosts connect to.</summary>
/// <param name="Name">Its NQN.</param>
/// <param name="SerialNumber">What hosts show as its serial number.</param>
/// <param name="IsDefault">The one that runs use; it cannot be deleted.</param>
/// <param name="AllowAnyHost">Any host may connect.</param>
/// <param name="AllowedHosts">NQNs of those that may.</param>
/// <param name="Ports">Ids of the ports that offer it; null for all.</param>
/// <param name="NamespaceCount">How many namespaces it has.</param>
/// <param name="ControllerCount">How many controllers hosts have on it.</param>
/// <param name="AccessStates">How its groups of namespaces can be reached, by port (ANA).</param>
public sealed record SubsystemView(
    string Name, string SerialNumber, bool IsDefault, bool AllowAnyHost, IReadOnlyList<string> AllowedHosts, IReadOnlyList<int>? Ports, int NamespaceCount, int ControllerCount,
    IReadOnlyList<AccessStateView> AccessStates);

/// <summary>How a group of namespaces can be reached by a port.</summary>
/// <param name="Port">The port's id.</param>
/// <param name="Group">The group, 1 to 32.</param>
/// <param name="State">Optimized, NonOptimized, Inaccessible, PersistentLoss or Change.</param>
public sealed record AccessStateView(int Port, long Group, string State);

/// <summary>A host that is connected, may connect by a subsystem's list, or is drained.</summary>
/// <param name="Name">Its NQN.</param>
/// <param name="Drained">Its connections were ended and new ones are refused.</param>
/// <param name="AllowedBy">NQNs of the subsystems that have it on their lists.</param>
/// <param name="ControllerCount">Its controllers now.</param>
/// <param name="QueuePairCount">Its connections for I/O now, each of which is a queue pair.</param>
/// <param name="Iops">Commands a second in the last seconds.</param>
/// <param name="BytesPerSecond">What they moved.</param>
/// <param name="Controllers">Each with its connections.</param>
public sealed record TargetHostView(
    string Name, bool Drained, IReadOnlyList<string> AllowedBy, int ControllerCount, int QueuePairCount, double Iops, double BytesPerSecond, IReadOnlyList<TargetControllerView> Controllers);

/// <summary>One association of a host with a subsystem.</summary>
/// <param name="Subsystem">NQN; the well-known one for a discovery controller.</param>
/// <param name="Id">CNTLID.</param>
/// <param name="Port">Id of the port that it came by.</param>
/// <param name="HostId">Host identifier.</param>
/// <param name="KeepAliveSeconds">The host's keep-alive time; 0 for none.</param>
/// <param name="Connections">By queue id.</param>
public sealed record TargetControllerView(string Subsystem, int Id, int Port, Guid HostId, double KeepAliveSeconds, IReadOnlyList<TargetConnectionView> Connections);

/// <summary>A TCP connection, which is one queue pair.</summary>
/// <param name="QueueId">0 for the admin queue.</param>
/// <param name="Remote">The host's address and port.</param>
/// <param name="Local">The target's.</param>
public sealed record TargetConnectionView(int QueueId, string Remote, string Local);

/// <summary>What hosts do at the target: rates over its last few seconds, errors since it started.</summary>
/// <param name="From">Begin of the seconds that rates are of, UTC; null while the target has only just started, and rates are 0.</param>
/// <param name="Until">Their end, UTC.</param>
/// <param name="Seconds">How long they were.</param>
/// <param name="Whole">Of all namespaces together.</param>
/// <param name="Namespaces">Of those that had a command, the busiest first; at most 500.</param>
public sealed record TargetStatisticsView(DateTime? From, DateTime? Until, double Seconds, ActivityView Whole, IReadOnlyList<NamespaceActivityView> Namespaces);

/// <param name="Uuid">The namespace.</param>
/// <param name="Activity">What hosts do with it.</param>
public sealed record NamespaceActivityView(Guid Uuid, ActivityView Activity);

/// <param name="Iops">Commands a second, of all classes.</param>
/// <param name="BytesPerSecond">What they moved or deallocated.</param>
/// <param name="Classes">By class of command; those that there never was one of are absent.</param>
/// <param name="Errors">Commands that were answered with an error, by status.</param>
public sealed record ActivityView(double Iops, double BytesPerSecond, IReadOnlyList<ClassActivityView> Classes, IReadOnlyList<StatusCountView> Errors)
{
    internal ClassActivityView? Of(string word) => Classes.FirstOrDefault(x => x.Class == word);
}

/// <param name="Class">read, write, flush, deallocate or other.</param>
/// <param name="Commands">How many since the target started, those with an error too.</param>
/// <param name="Iops">A second.</param>
/// <param name="BytesPerSecond">What they moved or deallocated.</param>
/// <param name="Latency">Of the commands of these seconds, from a command's last byte to its answer; null without one.</param>
public sealed record ClassActivityView(string Class, long Commands, double Iops, double BytesPerSecond, LatencyView? Latency);

/// <param name="MeanMicroseconds">All latencies by the number of commands.</param>
/// <param name="P50Microseconds">Half of them took no longer, at most a quarter too long; null from 34 s, or when the target does not tell.</param>
/// <param name="P99Microseconds">99 of 100 took no longer.</param>
/// <param name="P999Microseconds">999 of 1000 took no longer.</param>
/// <param name="Bands">How many took how long, from the quickest to the slowest, in powers of two.</param>
public sealed record LatencyView(double MeanMicroseconds, double? P50Microseconds, double? P99Microseconds, double? P999Microseconds, IReadOnlyList<LatencyBandView> Bands);

/// <param name="BelowMicroseconds">They took less, and no less than the band before has here; null for 34 s and more.</param>
/// <param name="Commands">How many.</param>
public sealed record LatencyBandView(double? BelowMicroseconds, long Commands);

/// <param name="Status">Status code type and code as Linux logs them, e.g. 0x302.</param>
/// <param name="Commands">Since the target started.</param>
/// <param name="PerSecond">In the last seconds.</param>
public sealed record StatusCountView(string Status, long Commands, double PerSecond);
