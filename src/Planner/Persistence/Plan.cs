using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Migrate.Planner.Concerns;

namespace Migrate.Planner.Persistence;

/// <summary>The choice of VMs, mappings and policy, made against one inventory version.</summary>
public sealed class Plan
{
    public Guid Id { get; set; }
    public required string Name { get; set; }
    public Guid SourceId { get; set; }
    public int InventoryVersion { get; set; }
    public Guid KvmHostId { get; set; }
    public MigrationMode Mode { get; set; }
    /// <summary>Plans.PlanPolicy as JSON.</summary>
    public required string Policy { get; set; }
    public DateTime CreatedAt { get; set; }
    /// <summary>When VMs came in or were taken out last: waves that were planned before do not know of it. Null: never.</summary>
    public DateTime? VmsChangedAt { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<Plan>
    {
        public void Configure(EntityTypeBuilder<Plan> builder)
        {
            builder.ToTable("plans").HasKey(x => x.Id);
            builder.Property(x => x.Mode).HasConversion<string>();
            builder.HasIndex(x => x.Name).IsUnique();
        }
    }
}

/// <summary>One VM of a plan, its wave and what was decided and found for it.</summary>
public sealed class PlanVm
{
    public Guid Id { get; set; }
    public Guid PlanId { get; set; }
    public required string VmKey { get; set; }
    public required string VmName { get; set; }
    public int Wave { get; set; }
    /// <summary>The plan's, unless its policy names another one for this VM.</summary>
    public MigrationMode Mode { get; set; }
    /// <summary>Place in the operator's order, from 0.</summary>
    public int Position { get; set; }
    public int CriticalCount { get; set; }
    public int WarningCount { get; set; }
    public int InformationCount { get; set; }
    /// <summary>Of the approved waves: its run does nothing before. Null: a run begins when its wave is started.</summary>
    public DateTime? BeginAt { get; set; }
    /// <summary>Of the approved waves: when it goes down. Null: as the plan's policy says.</summary>
    public DateTime? CutOverAt { get; set; }
    /// <summary>Of the approved waves: it does not go down later. Null: no window.</summary>
    public DateTime? CutOverUntil { get; set; }
    /// <summary>JSON array of Concerns.Concern.</summary>
    public required string Concerns { get; set; }
    /// <summary>JSON array of Plans.PlannedDisk: capacity, reader, why, expected rate, namespace UUID.</summary>
    public required string Disks { get; set; }
    /// <summary>Of the approved waves: the group that it moves with. Null: by itself.</summary>
    public string? MoveGroup { get; set; }
    /// <summary>Its tier in that group, from 0: it goes down when all of the lower ones serve at their destination.</summary>
    public int? MoveTier { get; set; }
    /// <summary>JSON array of the groups that serve at their destination before; null: none.</summary>
    public string? MoveAfter { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<PlanVm>
    {
        public void Configure(EntityTypeBuilder<PlanVm> builder)
        {
            builder.ToTable("plan_vms").HasKey(x => x.Id);
            builder.Property(x => x.Mode).HasConversion<string>();
            builder.HasIndex(x => new { x.PlanId, x.VmKey }).IsUnique();
            builder.HasIndex(x => new { x.PlanId, x.Wave, x.Position, x.Id, x.CriticalCount, x.WarningCount, x.InformationCount, x.VmName }).HasDatabaseName("IX_plan_vms_PlanId_Wave_Position_Id");
            builder.HasIndex(x => new { x.VmName, x.Id, x.PlanId }).HasDatabaseName("IX_plan_vms_VmName_Id");
            builder.HasIndex(x => new { x.VmKey, x.PlanId, x.Wave }).HasDatabaseName("IX_plan_vms_VmKey_PlanId");
        }
    }
}
