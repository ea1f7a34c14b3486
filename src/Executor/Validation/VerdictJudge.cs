using Migrate.Planner.Baselines;

namespace Migrate.Executor.Validation;

/// <summary>Everything a verdict is made of; what is null or empty was not observed, and the verdict says so.</summary>
public sealed record Evidence
{
    public required string VmName { get; init; }
    public required IReadOnlyList<DiskProof> Disks { get; init; }
    /// <summary>Null: no console text was asked for.</summary>
    public ConsoleFinding? Console { get; init; }
    public Baseline? Baseline { get; init; }
    public IReadOnlyList<LatencyMeasurement> Measurements { get; init; } = [];
    /// <summary>The source is a simulator, so its counters describe no real storage.</summary>
    public bool SourceIsSimulated { get; init; }
    /// <summary>kvm | qemu.</summary>
    public required string DomainType { get; init; }
    /// <summary>ESXi host's name and CPU, as far as known.</summary>
    public string? SourceMachine { get; init; }
    public string? DestinationMachine { get; init; }
}

/// <summary>Hashes of one disk: of what the source sent and of what the namespace gave back.</summary>
public sealed record DiskProof(int DiskKey, string Label, string? SourceHash, string? DestinationHash);

/// <summary>Judges the evidence; a pure function.</summary>
public static class VerdictJudge
{
    public static Verdict Judge(Evidence evidence, DateTime judgedAt) => throw new NotImplementedException();
}
