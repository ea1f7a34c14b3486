using Migrate.Target.Controllers;
using Migrate.Target.Host;
using Migrate.Target.Namespaces;

namespace Migrate.Target.Admin;

// Hosts of this process.
public sealed partial class NvmeTarget
{
    /// <summary>The short way to a namespace for a host that is connected to the main port; null when it is connected elsewhere.</summary>
    internal LocalPath? OpenLocal(NvmeHostOptions host, Guid namespaceUuid) =>
        host.EndPoint.Equals(EndPoint) && _subsystems.Find(host.SubsystemNqn) is { } subsystem && subsystem.Namespaces.Find(namespaceUuid) is { } one
            ? new LocalPath(subsystem, one, MainPortId, new HostIdentity(host.HostNqn, host.HostId), _subsystems.Statistics)
            : null;
}
