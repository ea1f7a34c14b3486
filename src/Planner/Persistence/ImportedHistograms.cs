using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Migrate.Planner.Baselines.Histograms;

namespace Migrate.Planner.Persistence;

/// <summary>Histograms of one disk that were measured elsewhere; <see cref="Body"/> is a list of Baselines.Histograms.IoHistogram as JSON.</summary>
public sealed class ImportedHistograms
{
    public Guid Id { get; set; }
    public Guid SourceId { get; set; }
    public required string VmKey { get; set; }
    public int DiskKey { get; set; }
    /// <summary>vscsiStats or fio.</summary>
    public required string Origin { get; set; }
    public DateTime ImportedAt { get; set; }
    /// <summary>SHA-256 of the file: the same file is imported once.</summary>
    public required string ContentHash { get; set; }
    public required string Body { get; set; }
    /// <summary>When their I/Os were counted, UTC; both or neither.</summary>
    public DateTime? CountedFrom { get; set; }
    public DateTime? CountedTo { get; set; }

    internal CountedSpan? Counted => CountedFrom is { } from && CountedTo is { } to ? new CountedSpan(from, to) : null;

    internal sealed class Configuration : IEntityTypeConfiguration<ImportedHistograms>
    {
        public void Configure(EntityTypeBuilder<ImportedHistograms> builder)
        {
            builder.ToTable("imported_histograms").HasKey(x => x.Id);
            builder.Ignore(x => x.Counted);
            builder.HasIndex(x => new { x.SourceId, x.VmKey, x.DiskKey, x.ContentHash }).IsUnique();
        }
    }
}
