using Migrate.Executor.Destinations;
using Migrate.Executor.Preflight.Paths;
using Migrate.Planner.Inventory;

namespace Migrate.Executor.Preflight;

/// <summary>What rules judge a KVM host by.</summary>
public sealed record PreflightContext
{
    /// <summary>The host's name here.</summary>
    public required string Host { get; init; }
    public required KvmHostFacts Facts { get; init; }
    /// <summary>backing: the host opens the target's files; nvme-tcp: its kernel attaches namespaces.</summary>
    public string Attachment { get; init; } = "backing";
    /// <summary>UTC.</summary>
    public required DateTime Now { get; init; }
    /// <summary>VMs that are to move to the host; empty where the host is judged for itself.</summary>
    public IReadOnlyList<PreflightVm> Vms { get; init; } = [];
    /// <summary>The plan wants guests converted, which is done on the host.</summary>
    public bool Converts { get; init; }
    /// <summary>Where the target keeps the disks' files, when that is a directory of this host.</summary>
    public string? TargetDirectory { get; init; }
    /// <summary>Paths that were tried between this machine and the host; empty where none were.</summary>
    public IReadOnlyList<PathResult> Paths { get; init; } = [];
    /// <summary>Ports of targets that were tried from the host.</summary>
    public IReadOnlyList<PortResult> Ports { get; init; } = [];
    /// <summary>The NQN that the operator gave for the target's subsystem, and those that targets were heard of with.</summary>
    public string? Nqn { get; init; }
    public IReadOnlyList<string> KnownNqns { get; init; } = [];
    /// <summary>Why nothing was heard of the target's subsystems; null where something was, or nobody asked.</summary>
    public string? DiscoveryProblem { get; init; }

    /// <summary>Why runs could not connect a host that attaches by network, beside what its facts and ports say.</summary>
    public IReadOnlyList<string> AttachProblems { get; init; } = [];

    internal bool AttachesByNetwork => Attachment == "nvme-tcp";
}

/// <summary>A VM and the EVC mode that its cluster or host keeps its CPU features to.</summary>
public sealed record PreflightVm(Vm Vm, string? EvcMode = null);
