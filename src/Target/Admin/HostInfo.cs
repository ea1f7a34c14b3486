using System.Net;

namespace Migrate.Target.Admin;

/// <summary>A host that is connected, is on a subsystem's list, or is drained.</summary>
/// <param name="Nqn">Its name.</param>
/// <param name="Drained">True from <see cref="NvmeTarget.DrainHostAsync"/> to <see cref="NvmeTarget.ResumeHostAsync"/>.</param>
/// <param name="AllowedBy">NQNs of the subsystems that have it on their lists.</param>
/// <param name="Controllers">Its controllers now.</param>
public sealed record HostInfo(string Nqn, bool Drained, IReadOnlyList<string> AllowedBy, IReadOnlyList<ControllerInfo> Controllers);

/// <summary>A controller: one association of a host with a subsystem.</summary>
/// <param name="SubsystemNqn">The subsystem; the well-known discovery NQN for a discovery controller.</param>
/// <param name="Id">CNTLID.</param>
/// <param name="Port">Id of the port that it came by.</param>
/// <param name="HostId">Host identifier.</param>
/// <param name="KeepAlive">The host's keep-alive time; zero for none.</param>
/// <param name="Connections">Its connections by queue id: 0 is the admin queue.</param>
public sealed record ControllerInfo(
    string SubsystemNqn, ushort Id, ushort Port, Guid HostId, TimeSpan KeepAlive, IReadOnlyList<ConnectionInfo> Connections);

/// <summary>A TCP connection, which is one queue pair.</summary>
/// <param name="QueueId">0 for the admin queue.</param>
/// <param name="Remote">The host's address and port.</param>
/// <param name="Local">The target's address and port.</param>
public sealed record ConnectionInfo(ushort QueueId, IPEndPoint Remote, IPEndPoint Local);
