using Migrate.Executor.Domains;
using Migrate.Executor.Targets;

namespace Migrate.Executor.Deployment;

/// <summary>The domain that a plan makes of one of its VMs, with all that it was designed from.</summary>
/// <param name="Request">VM, disks, host and policy.</param>
/// <param name="Design">The domain and its reasons.</param>
/// <param name="HostName">Name of the KVM host.</param>
/// <param name="Place">Where the namespaces are.</param>
/// <param name="Namespaces">Namespace UUIDs by device key.</param>
public sealed record PlannedDomain(DomainRequest Request, DomainXml Design, string HostName, TargetPlace Place, IReadOnlyDictionary<int, Guid> Namespaces);

/// <summary>What a domain can be deployed by, without Migrate.</summary>
public enum DeploymentKind
{
    /// <summary>A script that attaches the namespaces and defines the domain with libvirt.</summary>
    Libvirt,
    /// <summary>A script of qm for Proxmox VE.</summary>
    Proxmox,
    /// <summary>A script that has TrueNAS 25.10 or later hold and export such namespaces.</summary>
    TrueNas,
}
