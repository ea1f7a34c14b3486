using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>
/// The baseline of one VM as collected at one moment; <see cref="Body"/> is Baselines.Baseline as JSON, without its samples where
/// <see cref="Samples"/> holds them as Baselines.Series.SeriesBundle writes them: a week as JSON would be megabytes.
/// </summary>
public sealed class BaselineRow
{
    public Guid Id { get; set; }
    public Guid SourceId { get; set; }
    public required string VmKey { get; set; }
    public DateTime CollectedAt { get; set; }
    public required string Body { get; set; }
    public byte[]? Samples { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<BaselineRow>
    {
        public void Configure(EntityTypeBuilder<BaselineRow> builder)
        {
            builder.ToTable("baselines").HasKey(x => x.Id);
            builder.HasIndex(x => new { x.SourceId, x.VmKey, x.CollectedAt });
        }
    }
}
