using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>The waves of a plan as they were planned at one time. None is ever changed; the newest approved one counts.</summary>
public sealed class WaveVersion
{
    public Guid Id { get; set; }
    public Guid PlanId { get; set; }
    /// <summary>From 1 in its plan.</summary>
    public int Number { get; set; }
    public DateTime MadeAt { get; set; }
    public required string MadeBy { get; set; }
    /// <summary>Waves.WaveRules as JSON.</summary>
    public required string Rules { get; set; }
    /// <summary>JSON array of texts: what was taken for granted since nothing told.</summary>
    public required string Assumptions { get; set; }
    /// <summary>Waves.WaveSchedule as JSON, without its VMs.</summary>
    public required string Schedule { get; set; }
    public int VmCount { get; set; }
    public DateTime? ApprovedAt { get; set; }
    public string? ApprovedBy { get; set; }
    public string? ApprovedBecause { get; set; }
    /// <summary>JSON array of Waves.MoveGroup: what moves together, and in which order. Null in versions that were made before it was kept.</summary>
    public string? Groups { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<WaveVersion>
    {
        public void Configure(EntityTypeBuilder<WaveVersion> builder)
        {
            builder.ToTable("wave_versions").HasKey(x => x.Id);
            builder.HasIndex(x => new { x.PlanId, x.Number }).IsUnique();
        }
    }
}

/// <summary>One VM of a version.</summary>
public sealed class WaveMove
{
    public Guid VersionId { get; set; }
    /// <summary>By the begin of its cutover, from 0.</summary>
    public int Position { get; set; }
    public int Wave { get; set; }
    /// <summary>Waves.VmMove as JSON.</summary>
    public required string Body { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<WaveMove>
    {
        public void Configure(EntityTypeBuilder<WaveMove> builder)
        {
            builder.ToTable("wave_moves").HasKey(x => new { x.VersionId, x.Position });
            builder.HasIndex(x => new { x.VersionId, x.Wave });
        }
    }
}
