using System.Text.Json;
using Migrate.Executor.Preflight.Paths;
using Migrate.Planner.Concerns;

namespace Migrate.Api.Hosts;

/// <summary>Asks to add a KVM host. It is probed first; a host that libvirt cannot reach is not stored.</summary>
/// <param name="Name">Unique; letters, digits, '.', '_' and '-', at most 63.</param>
/// <param name="Uri">libvirt connection URI, e.g. <c>qemu:///system</c>.</param>
/// <param name="DomainType">auto (what the probe finds), kvm or qemu.</param>
/// <param name="ProbeKernel">Linux kernel image on the host that the acceleration probe boots; without one KVM counts as not proven.</param>
/// <param name="Attachment">backing: the host opens the target's files; nvme-tcp: its kernel attaches namespaces. Null: nvme-tcp for another machine or where targets are given, else backing.</param>
/// <param name="Fio">The JSON that fio printed on the storage that domains of the host will use; plans compare baselines with it.</param>
/// <param name="Targets">Where the host reaches the target: IP addresses, with :PORT if that is not 4420. Each is connected. Null: the address follows from where the target listens.</param>
public sealed record AddHost(string Name, string Uri, string DomainType = "auto", string? ProbeKernel = null, string? Attachment = null, string? Fio = null, IReadOnlyList<string>? Targets = null);

/// <summary>Asks to change a host; what is null stays. It is probed with the change, and nothing is kept if that fails.</summary>
/// <param name="Uri">As in <see cref="AddHost"/>.</param>
/// <param name="DomainType">As in <see cref="AddHost"/>.</param>
/// <param name="Attachment">As in <see cref="AddHost"/>.</param>
/// <param name="Targets">As in <see cref="AddHost"/>; an empty list: the address follows from where the target listens.</param>
/// <param name="ProbeKernel">As in <see cref="AddHost"/>.</param>
public sealed record UpdateHost(string? Uri = null, string? DomainType = null, string? Attachment = null, IReadOnlyList<string>? Targets = null, string? ProbeKernel = null);

/// <summary>Asks to probe a host again.</summary>
/// <param name="ProbeKernel">As in <see cref="AddHost"/>.</param>
/// <param name="Fio">As in <see cref="AddHost"/>; null keeps what is known.</param>
public sealed record ProbeHost(string? ProbeKernel, string? Fio = null);

/// <summary>Asks to read a host again and to say what is in the way there; what is known of its acceleration stays, since no kernel is booted.</summary>
/// <param name="Target">A target that the host is to reach: an IP address, with :PORT if that is not 4420. Its ports and the path to it are tried from the host. Null: no target is asked for.</param>
/// <param name="Nqn">The subsystem that the host is to connect to, compared with those that discovery at the target names; null: no name is judged. It needs a target.</param>
public sealed record CheckHost(string? Target = null, string? Nqn = null);

/// <summary>A host as it is now.</summary>
/// <param name="Host">Its facts as just read; its findings are of these and of what was tried.</param>
/// <param name="Paths">Each direction of each path between this machine and the host, and the one to the target: what a packet of the sender's whole MTU did.</param>
/// <param name="Ports">Ports of the target as they answer the host: 4420 and 8009, or the one that was given.</param>
/// <param name="KnownNqns">What discovery at the target named to this machine; empty when no NQN was given, or nothing answered.</param>
public sealed record HostCheck(HostView Host, IReadOnlyList<PathResult> Paths, IReadOnlyList<PortResult> Ports, IReadOnlyList<string> KnownNqns);

/// <summary>A libvirt host that VMs move to.</summary>
/// <param name="Name">How calls and commands name it.</param>
/// <param name="Uri">libvirt connection URI.</param>
/// <param name="DomainType">auto, kvm or qemu: the operator's word.</param>
/// <param name="EffectiveDomainType">kvm or qemu: what domains will get; null before the first probe.</param>
/// <param name="ProbeDetail">What the probe saw and concluded.</param>
/// <param name="ProbedAt">UTC.</param>
/// <param name="Attachment">backing or nvme-tcp.</param>
/// <param name="Targets">Addresses and ports that it is told to reach the target by; empty: they follow from where the target listens.</param>
/// <param name="Facts">Versions, CPUs, memory, io_uring … as found.</param>
/// <param name="Findings">What rules for hosts say of the facts, the most severe first; those that try paths or judge VMs run with a check of the host or of a plan.</param>
public sealed record HostView(
    string Name,
    string Uri,
    string DomainType,
    string? EffectiveDomainType,
    string? ProbeDetail,
    DateTime? ProbedAt,
    string Attachment,
    IReadOnlyList<string> Targets,
    JsonElement Facts,
    IReadOnlyList<Concern> Findings);
