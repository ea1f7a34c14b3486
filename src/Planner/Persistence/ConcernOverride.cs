using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>
/// An operator's word that a Critical concern of one VM of one plan shall not block its wave. Never deleted: a lifted one stays as a record.
/// </summary>
public sealed class ConcernOverride
{
    public Guid Id { get; set; }
    public Guid PlanId { get; set; }
    public required string VmKey { get; set; }
    public required string VmName { get; set; }
    /// <summary>The rule's or probe's id, e.g. disk.rdm.</summary>
    public required string ConcernId { get; set; }
    /// <summary>The inventory version that the plan was made against.</summary>
    public int InventoryVersion { get; set; }
    /// <summary>JSON array of Concerns.Concern: what was overridden, as it read then.</summary>
    public required string Findings { get; set; }
    /// <summary>Concerns.ConcernOverrides.Fingerprint of the findings: it holds for these and no others.</summary>
    public required string Fingerprint { get; set; }
    public required string Reason { get; set; }
    public required string GivenBy { get; set; }
    public DateTime GivenAt { get; set; }
    public DateTime? LiftedAt { get; set; }
    public string? LiftedBy { get; set; }
    public string? LiftedBecause { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<ConcernOverride>
    {
        public void Configure(EntityTypeBuilder<ConcernOverride> builder)
        {
            builder.ToTable("concern_overrides").HasKey(x => x.Id);
            builder.HasIndex(x => new { x.PlanId, x.VmKey, x.ConcernId });
        }
    }
}
