using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Planner.Persistence;

public enum PassOutcome
{
    /// <summary>Under way, or waiting for a worker to go on with it.</summary>
    Running,
    /// <summary>All disks are at the destination as they were at the pass's moment.</summary>
    Completed,
    /// <summary>Broken off; its changes are part of the next one.</summary>
    GivenUp,
}

/// <summary>One pass of a warm run: a moment at which all disks of the VM held still.</summary>
public sealed class RunPass
{
    public Guid Id { get; set; }
    public Guid RunId { get; set; }
    /// <summary>From 1, as the pass's snapshot is named; a pass that was given up has one, too.</summary>
    public int Number { get; set; }
    /// <summary>Made after the VM was shut down, without a snapshot.</summary>
    public bool IsLast { get; set; }
    /// <summary>The guest was not quiet at the pass's moment.</summary>
    public bool IsCrashConsistent { get; set; }
    public DateTime StartedAt { get; set; }
    /// <summary>The moment of which the disks are copied.</summary>
    public DateTime? FrozenAt { get; set; }
    /// <summary>The last disk was done; what follows is the removal of the snapshot.</summary>
    public DateTime? CopiedAt { get; set; }
    public DateTime? FinishedAt { get; set; }
    public PassOutcome Outcome { get; set; }
    /// <summary>Why it was given up.</summary>
    public string? Reason { get; set; }
    /// <summary>From asking for the snapshot until the source had taken it: the VM was stunned for this long at most. Null in a last pass.</summary>
    public long? FreezeMs { get; set; }
    /// <summary>From asking for the snapshot's removal until its deltas were merged, which stuns the VM again at its end.</summary>
    public long? MergeMs { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<RunPass>
    {
        public void Configure(EntityTypeBuilder<RunPass> builder)
        {
            builder.ToTable("run_passes").HasKey(x => x.Id);
            builder.Property(x => x.Outcome).HasConversion<string>();
            builder.HasIndex(x => new { x.RunId, x.Number }).IsUnique();
        }
    }
}

/// <summary>What a pass did to one disk.</summary>
public sealed class RunPassDisk
{
    public Guid Id { get; set; }
    public Guid PassId { get; set; }
    public int DiskKey { get; set; }
    public required string Label { get; set; }
    public PassBasis Basis { get; set; }
    /// <summary>Why this basis.</summary>
    public required string Reason { get; set; }
    public DateTime StartedAt { get; set; }
    public DateTime? FinishedAt { get; set; }
    /// <summary>In extents that the source named as changed or in use, or of which the destination's state was not known.</summary>
    public long BytesNamed { get; set; }
    public long BytesRead { get; set; }
    public long BytesSent { get; set; }
    /// <summary>Extents that the source called unchanged and that were read all the same.</summary>
    public long SampledExtents { get; set; }
    /// <summary>Of these, those that had changed; any of them makes the pass compare the whole disk.</summary>
    public long WrongExtents { get; set; }
    /// <summary>Copy.DiskHash of the disk at the pass's moment, hex.</summary>
    public string? SourceHash { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<RunPassDisk>
    {
        public void Configure(EntityTypeBuilder<RunPassDisk> builder)
        {
            builder.ToTable("run_pass_disks").HasKey(x => x.Id);
            builder.Property(x => x.Basis).HasConversion<string>();
            builder.HasIndex(x => new { x.PassId, x.DiskKey }).IsUnique();
        }
    }
}
