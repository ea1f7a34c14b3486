using Migrate.Target.Host;

namespace Migrate.Target.Probe;

/// <summary>What a probe is to do.</summary>
public sealed record ProbeOptions
{
    /// <summary>Whom to connect to and as whom; the subsystem's NQN may be empty, then discovery names it.</summary>
    public required NvmeHostOptions Host { get; init; }

    /// <summary>UUID of the namespace to measure; null measures the first one.</summary>
    public Guid? Namespace { get; init; }

    /// <summary>True also measures writes, which destroys what is in <see cref="Namespace"/>; that must then be given.</summary>
    public bool Write { get; init; }

    /// <summary>Time per measurement; zero measures nothing.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(2);
}
