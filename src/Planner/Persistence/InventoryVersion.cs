using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>One synchronisation of a source. Numbers count from 1 per source.</summary>
public sealed class InventoryVersion
{
    public Guid Id { get; set; }
    public Guid SourceId { get; set; }
    public int Number { get; set; }
    public DateTime TakenAt { get; set; }
    public required string About { get; set; }
    /// <summary>JSON array of lines: what could not be read.</summary>
    public string Gaps { get; set; } = "[]";
    public int VmCount { get; set; }
    public int HostCount { get; set; }
    public int DatastoreCount { get; set; }
    public int Added { get; set; }
    public int Changed { get; set; }
    public int Removed { get; set; }
    /// <summary>When its VMs were judged without a plan last; null: not yet.</summary>
    public DateTime? JudgedAt { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<InventoryVersion>
    {
        public void Configure(EntityTypeBuilder<InventoryVersion> builder)
        {
            builder.ToTable("inventory_versions").HasKey(x => x.Id);
            builder.HasIndex(x => new { x.SourceId, x.Number }).IsUnique();
        }
    }
}

public enum InventoryKind
{
    Vm,
    Host,
    Datastore,
    Network,
    Cluster,
}

/// <summary>
/// One state of one object, valid from version <see cref="FromVersion"/> until before <see cref="ToVersion"/> (null: still
/// current). An unchanged object costs no row in a later version, so history grows with change and not with time.
/// </summary>
public sealed class InventoryObject
{
    public long Id { get; set; }
    public Guid SourceId { get; set; }
    public InventoryKind Kind { get; set; }
    public required string Key { get; set; }
    public required string Name { get; set; }
    public int FromVersion { get; set; }
    public int? ToVersion { get; set; }
    /// <summary>SHA-256, hex, of the lasting part of <see cref="Body"/>: another hash is another state and another row.</summary>
    public required string Hash { get; set; }
    /// <summary>SHA-256, hex, of all of <see cref="Body"/>: another hash with the same <see cref="Hash"/> rewrites the row.</summary>
    public required string BodyHash { get; set; }
    /// <summary>
    /// VMs only: stands for all that the record was made from, so that a later synchronisation reads only what differs; null when it has
    /// to be read again in any case.
    /// </summary>
    public string? Fingerprint { get; set; }
    /// <summary>The record of Planner/Inventory as JSON.</summary>
    public required string Body { get; set; }

    // VMs only; lists look at InventoryVm.
    public string? PowerState { get; set; }
    public string? HostKey { get; set; }
    public string? Folder { get; set; }
    public long CapacityBytes { get; set; }
    /// <summary>What is to be stored beside a VM that was read.</summary>
    internal InventoryVm? Listed { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<InventoryObject>
    {
        public void Configure(EntityTypeBuilder<InventoryObject> builder)
        {
            builder.ToTable("inventory_objects").HasKey(x => x.Id);
            builder.Property(x => x.Kind).HasConversion<string>();
            builder.Ignore(x => x.Listed);
            builder.HasIndex(x => new { x.SourceId, x.Kind, x.Key, x.FromVersion }).IsUnique();
            builder.HasIndex(x => new { x.SourceId, x.Kind, x.ToVersion, x.Name });
            // What lists filter, order and count by: bodies are wide, and only a page's are read.
            builder.HasIndex(x => new { x.SourceId, x.Kind, x.Name, x.Key, x.FromVersion, x.ToVersion, x.PowerState, x.Folder, x.HostKey, x.CapacityBytes, x.Id })
                .HasDatabaseName("IX_inventory_objects_SourceId_Kind_Name");
        }
    }
}
