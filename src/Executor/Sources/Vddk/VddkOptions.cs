namespace Migrate.Executor.Sources.Vddk;

/// <summary>VMware's Virtual Disk Development Kit, where the operator has it: its licence forbids to ship it.</summary>
public sealed record VddkOptions
{
    /// <summary>The kit's directory, which has lib64 in it.</summary>
    public required string Directory { get; init; }

    public string Nbdkit { get; init; } = "nbdkit";

    /// <summary>VDDK's transports in the order wanted, e.g. "nbdssl:nbd"; null leaves the choice to VDDK.</summary>
    public string? Transports { get; init; }

    /// <summary>VDDK logs in and opens the disk before it serves.</summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromMinutes(2);
}
