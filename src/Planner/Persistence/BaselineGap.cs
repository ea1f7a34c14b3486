using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>A time between two samples of a collected VM from which there is none; nothing can bring it back.</summary>
public sealed class BaselineGap
{
    public Guid SourceId { get; set; }
    public required string VmKey { get; set; }
    /// <summary>The last sample before the gap.</summary>
    public DateTime After { get; set; }
    /// <summary>The first sample behind it.</summary>
    public DateTime Before { get; set; }
    public required string Reason { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<BaselineGap>
    {
        public void Configure(EntityTypeBuilder<BaselineGap> builder) =>
            builder.ToTable("baseline_gaps").HasKey(x => new { x.SourceId, x.VmKey, x.After });
    }
}
