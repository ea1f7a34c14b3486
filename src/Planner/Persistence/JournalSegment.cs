using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>That a disk of a run has a journal: an attempt to copy it began, and may have written to the destination.</summary>
public sealed class JournalRow
{
    public Guid RunDiskId { get; set; }
    public Guid RunId { get; set; }
    /// <summary>The namespace whose content the journal vouches for: both are deleted or neither.</summary>
    public Guid NamespaceUuid { get; set; }
    public long CapacityBytes { get; set; }
    public DateTime StartedAt { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<JournalRow>
    {
        public void Configure(EntityTypeBuilder<JournalRow> builder)
        {
            builder.ToTable("journals").HasKey(x => x.RunDiskId);
            builder.HasIndex(x => x.RunId);
        }
    }
}

/// <summary>What is known of 1,024 extents of a disk at its destination; both bodies are as Executor's Copy.SegmentFormat writes them.</summary>
public sealed class JournalSegment
{
    public Guid RunDiskId { get; set; }
    /// <summary>The first extent is 1,024 times this.</summary>
    public int Number { get; set; }
    /// <summary>Which extents are known and which of them are zero: 5 bytes where all are alike, else 261.</summary>
    public required byte[] States { get; set; }
    /// <summary>SHA-256 of each extent that is known and not zero; empty without any. Read only when it is asked for.</summary>
    public required byte[] Hashes { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<JournalSegment>
    {
        public void Configure(EntityTypeBuilder<JournalSegment> builder) =>
            builder.ToTable("journal_segments").HasKey(x => new { x.RunDiskId, x.Number });
    }
}
