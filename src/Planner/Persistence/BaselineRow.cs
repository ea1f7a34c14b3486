using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>The baseline of one VM as collected at one moment; <see cref="Body"/> is Baselines.Baseline as JSON.</summary>
public sealed class BaselineRow
{
    public Guid Id { get; set; }
    public Guid SourceId { get; set; }
    public required string VmKey { get; set; }
    public DateTime CollectedAt { get; set; }
    public required string Body { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<BaselineRow>
    {
        public void Configure(EntityTypeBuilder<BaselineRow> builder)
        {
            builder.ToTable("baselines").HasKey(x => x.Id);
            builder.HasIndex(x => new { x.SourceId, x.VmKey, x.CollectedAt });
        }
    }
}
