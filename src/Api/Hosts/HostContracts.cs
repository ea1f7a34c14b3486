using System.Text.Json;

namespace Migrate.Api.Hosts;

/// <summary>Asks to add a KVM host. It is probed first; a host that libvirt cannot reach is not stored.</summary>
/// <param name="Name">Unique; letters, digits, '.', '_' and '-', at most 63.</param>
/// <param name="Uri">libvirt connection URI, e.g. <c>qemu:///system</c>.</param>
/// <param name="DomainType">auto (what the probe finds), kvm or qemu.</param>
/// <param name="ProbeKernel">Linux kernel image on the host that the acceleration probe boots; without one KVM counts as not proven.</param>
/// <param name="Attachment">backing: the host opens the target's files; nvme-tcp: its kernel attaches namespaces.</param>
public sealed record AddHost(string Name, string Uri, string DomainType = "auto", string? ProbeKernel = null, string Attachment = "backing");

/// <summary>Asks to probe a host again.</summary>
/// <param name="ProbeKernel">As in <see cref="AddHost"/>.</param>
public sealed record ProbeHost(string? ProbeKernel);

/// <summary>A libvirt host that VMs move to.</summary>
/// <param name="Name">How calls and commands name it.</param>
/// <param name="Uri">libvirt connection URI.</param>
/// <param name="DomainType">auto, kvm or qemu: the operator's word.</param>
/// <param name="EffectiveDomainType">kvm or qemu: what domains will get; null before the first probe.</param>
/// <param name="ProbeDetail">What the probe saw and concluded.</param>
/// <param name="ProbedAt">UTC.</param>
/// <param name="Attachment">backing or nvme-tcp.</param>
/// <param name="Facts">Versions, CPUs, memory, io_uring … as found.</param>
public sealed record HostView(
    string Name,
    string Uri,
    string DomainType,
    string? EffectiveDomainType,
    string? ProbeDetail,
    DateTime? ProbedAt,
    string Attachment,
    JsonElement Facts);
