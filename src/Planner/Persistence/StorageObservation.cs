using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>
/// How the disks of a run's domain are watched after its cutover. One process does it at a time: <see cref="Owner"/> until <see cref="OwnerUntil"/>. What it has
/// stored is in <see cref="ObservationBlock"/>s, up to <see cref="StoredUntil"/>.
/// </summary>
public sealed class StorageObservation
{
    public Guid RunId { get; set; }
    /// <summary>Name of the libvirt domain.</summary>
    public required string Domain { get; set; }
    public DateTime StartedAt { get; set; }
    /// <summary>When the next look at what was seen is due.</summary>
    public DateTime LookAt { get; set; }
    /// <summary>When the last look is due, if none before decides.</summary>
    public DateTime Until { get; set; }
    /// <summary>How many looks were taken.</summary>
    public int Looks { get; set; }
    /// <summary>What the last of them said.</summary>
    public string? Said { get; set; }
    /// <summary>Null while it goes on.</summary>
    public DateTime? EndedAt { get; set; }
    /// <summary>Validation.ConsoleFinding as JSON: what the guest's console showed before; null where no text was expected.</summary>
    public string? Console { get; set; }
    /// <summary>Validation.Causes.StorageSample as JSON: counters around the storage at the beginning.</summary>
    public string? Sample { get; set; }
    /// <summary>Validation.Causes.StorageEvidence as JSON: what the last look saw around the storage.</summary>
    public string? Around { get; set; }
    /// <summary>Validation.Observation.ObservationState as JSON: QEMU's counters at <see cref="StoredUntil"/>, and what forbids trusting them.</summary>
    public required string State { get; set; }
    public DateTime StoredUntil { get; set; }
    /// <summary>Reads and writes in what is stored.</summary>
    public long Operations { get; set; }
    /// <summary>Grows with every storing: who stores on another basis than the newest one is refused.</summary>
    public long Version { get; set; }
    public string? Owner { get; set; }
    public DateTime? OwnerUntil { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<StorageObservation>
    {
        public void Configure(EntityTypeBuilder<StorageObservation> builder)
        {
            builder.ToTable("storage_observations").HasKey(x => x.RunId);
            builder.HasIndex(x => x.EndedAt);
        }
    }
}

/// <summary>Up to an hour of a domain's intervals, all disks together; <see cref="Body"/> is what Executor's Validation.Observation.IntervalCodec writes.</summary>
public sealed class ObservationBlock
{
    public Guid RunId { get; set; }
    /// <summary>From 0, in order of time.</summary>
    public int Number { get; set; }
    public int Intervals { get; set; }
    public required byte[] Body { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<ObservationBlock>
    {
        public void Configure(EntityTypeBuilder<ObservationBlock> builder) =>
            builder.ToTable("observation_blocks").HasKey(x => new { x.RunId, x.Number });
    }
}
