using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>Six hours of one disk's samples; <see cref="Body"/> is what Baselines.Series.SampleCodec writes.</summary>
public sealed class SampleBlock
{
    public Guid SourceId { get; set; }
    public required string VmKey { get; set; }
    /// <summary>PerformanceManager's instance, e.g. "scsi0:0".</summary>
    public required string Instance { get; set; }
    public DateTime Start { get; set; }
    public int Samples { get; set; }
    /// <summary>What Baselines.Digests.SeriesDigest writes of the samples. Before the body, so that SQLite reads it without the body's pages.</summary>
    public required byte[] Digest { get; set; }
    public required byte[] Body { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<SampleBlock>
    {
        public void Configure(EntityTypeBuilder<SampleBlock> builder) =>
            builder.ToTable("sample_blocks").HasKey(x => new { x.SourceId, x.VmKey, x.Instance, x.Start });
    }
}
