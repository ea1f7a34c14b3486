using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>What the active probes of a plan found at one moment. The newest one counts.</summary>
public sealed class PlanCheck
{
    public Guid Id { get; set; }
    public Guid PlanId { get; set; }
    public DateTime StartedAt { get; set; }
    public DateTime FinishedAt { get; set; }
    /// <summary>How many hosts, disks and so on were tried.</summary>
    public int Tried { get; set; }
    public int CriticalCount { get; set; }
    public int WarningCount { get; set; }
    public int InformationCount { get; set; }
    /// <summary>JSON array of Concerns.ProbeFinding.</summary>
    public required string Findings { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<PlanCheck>
    {
        public void Configure(EntityTypeBuilder<PlanCheck> builder)
        {
            builder.ToTable("plan_checks").HasKey(x => x.Id);
            builder.HasIndex(x => new { x.PlanId, x.StartedAt });
        }
    }
}
