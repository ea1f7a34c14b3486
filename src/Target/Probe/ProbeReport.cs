using System.Net;

namespace Migrate.Target.Probe;

/// <summary>What <see cref="TargetProbe"/> found out about a target.</summary>
public sealed record ProbeReport
{
    /// <summary>Where the target was reached.</summary>
    public required IPEndPoint EndPoint { get; init; }

    /// <summary>NQN under which the probe came.</summary>
    public required string HostNqn { get; init; }

    /// <summary>Time for connecting the admin queue and enabling the controller, in milliseconds.</summary>
    public required double ConnectMs { get; init; }

    /// <summary>What the discovery service lists; empty when there is none at this address.</summary>
    public required IReadOnlyList<DiscoveredSubsystem> Discovered { get; init; }

    /// <summary>Why the discovery service could not be asked, or null.</summary>
    public string? DiscoveryProblem { get; init; }

    /// <summary>The subsystem that was connected to.</summary>
    public required ProbedController Controller { get; init; }

    /// <summary>Its namespaces that are online for this host.</summary>
    public required IReadOnlyList<ProbedNamespace> Namespaces { get; init; }

    /// <summary>What TCP knows of the way to the target.</summary>
    public required NetworkPath Path { get; init; }

    /// <summary>Digests: whether the target grants them and data comes whole with them.</summary>
    public required DigestCheck Digests { get; init; }

    /// <summary>UUID of the namespace that was measured; null when there was none.</summary>
    public Guid? Measured { get; init; }

    /// <summary>Latency and throughput; empty when nothing was measured.</summary>
    public required IReadOnlyList<ProbeMeasurement> Measurements { get; init; }
}

/// <summary>A record of the discovery log page.</summary>
/// <param name="Nqn">NQN of the subsystem.</param>
/// <param name="Address">Address of the port that offers it.</param>
/// <param name="Port">Its TCP port, as the log says it.</param>
/// <param name="Transport">tcp, rdma, fc or a number.</param>
/// <param name="IsDiscovery">True for a discovery service.</param>
public sealed record DiscoveredSubsystem(string Nqn, string Address, string Port, string Transport, bool IsDiscovery);

/// <summary>Identify Controller, in short. Sizes are bytes.</summary>
/// <param name="SubsystemNqn">The subsystem's NQN.</param>
/// <param name="Id">CNTLID.</param>
/// <param name="Model">Model number.</param>
/// <param name="SerialNumber">Serial number.</param>
/// <param name="Firmware">Firmware revision.</param>
/// <param name="Version">Version of the specification, as 2.0.0.</param>
/// <param name="MaxTransferBytes">MDTS, at most what our host uses; the most that one command carries.</param>
/// <param name="MaxInCapsuleBytes">Writes up to this travel in the capsule.</param>
/// <param name="MaxCommands">Commands per queue; null when the controller does not say.</param>
/// <param name="IoQueues">I/O queues granted to the probe.</param>
/// <param name="HasWriteCache">Completed writes may be lost with the target's power until a flush.</param>
public sealed record ProbedController(
    string SubsystemNqn, int Id, string Model, string SerialNumber, string Firmware, string Version, int MaxTransferBytes, int MaxInCapsuleBytes,
    int? MaxCommands, int IoQueues, bool HasWriteCache);

/// <summary>A namespace.</summary>
/// <param name="Nsid">Its number.</param>
/// <param name="Uuid">Its UUID; null when it has none.</param>
/// <param name="CapacityBytes">Size in bytes.</param>
/// <param name="BlockSize">Bytes per block.</param>
public sealed record ProbedNamespace(uint Nsid, Guid? Uuid, long CapacityBytes, int BlockSize);

/// <summary>Reading with header and data digests (CRC32C).</summary>
/// <param name="HeaderGranted">The target computes header digests.</param>
/// <param name="DataGranted">The target computes data digests.</param>
/// <param name="BytesRead">Data read under them; 0 when there was no namespace.</param>
/// <param name="Problem">What went wrong, or null.</param>
public sealed record DigestCheck(bool HeaderGranted, bool DataGranted, long BytesRead, string? Problem);

/// <summary>One load on one namespace.</summary>
/// <param name="Name">What was done, as <c>random read, 4 KiB</c>.</param>
/// <param name="BlockBytes">Bytes per command.</param>
/// <param name="QueueDepth">Commands in flight.</param>
/// <param name="Commands">Commands done.</param>
/// <param name="CommandsPerSecond">IOPS.</param>
/// <param name="BytesPerSecond">Throughput.</param>
/// <param name="P50Us">Median latency in microseconds.</param>
/// <param name="P99Us">99th percentile of the latency in microseconds.</param>
public sealed record ProbeMeasurement(
    string Name, int BlockBytes, int QueueDepth, long Commands, double CommandsPerSecond, double BytesPerSecond, double P50Us, double P99Us);
