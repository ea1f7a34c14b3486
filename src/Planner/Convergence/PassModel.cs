namespace Migrate.Planner.Convergence;

/// <summary>What decides how the passes of a warm copy go on. Bytes, seconds, bytes per second; all disks of the VM together.</summary>
public sealed record PassModel
{
    /// <summary>The longest downtime that is allowed.</summary>
    public required double AllowedDowntimeSeconds { get; init; }

    /// <summary>Bytes of areas that change at least once, per second: what the next pass has to copy grows by it.</summary>
    public required Band ChangeRate { get; init; }

    /// <summary>How fast a pass copies.</summary>
    public required Band CopyRate { get; init; }

    /// <summary>What the next pass has to copy: the used areas before a seed, what changed since the last pass after it.</summary>
    public required double NextPassBytes { get; init; }

    /// <summary>Passes never copy more than the disks have.</summary>
    public required double CapacityBytes { get; init; }

    /// <summary>Read by each pass besides what changed: the sample of the self-test.</summary>
    public double SampleBytes { get; init; }

    /// <summary>
    /// Read by each pass in place of changes and sample, where the source's word about changes is not believed: all of the disks. What changed is still
    /// what is sent, and read back.
    /// </summary>
    public double ComparedBytes { get; init; }

    /// <summary>What a pass takes besides copying: taking its snapshot, asking for changes, removing the snapshot and merging it.</summary>
    public double OverheadSeconds { get; init; }

    /// <summary>The part of the downtime that does not depend on how much changed: the guest's shutdown and the start of its domain.</summary>
    public double FixedDowntimeSeconds { get; init; }

    /// <summary>Of the downtime, what converting the guest takes, as a rehearsal measured it; 0 where there was none.</summary>
    public double ConversionSeconds { get; init; }

    /// <summary>How often the bytes of the last pass go through the copy: once to copy them, once more where they are read back in the downtime.</summary>
    public double LastPassFactor { get; init; } = 2;

    /// <summary>Read in the downtime after the last pass to prove the copy: all of the disks once more, a sample, or nothing.</summary>
    public double VerifiedBytes { get; init; }

    /// <summary>Passes after which it is given up to wait for convergence.</summary>
    public int MostPasses { get; init; } = 28;
}
