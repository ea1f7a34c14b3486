using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>What copies may take of a source host, a datastore or a link.</summary>
public sealed class CopyLimit
{
    /// <summary>Scope and name, "datastore:ds1", in lower case.</summary>
    public required string Key { get; set; }
    /// <summary>The same as it was written.</summary>
    public required string Name { get; set; }
    /// <summary>"200MiB,300iops 50MiB@08:00-18:00": for all hours and for some, a space between them.</summary>
    public required string Limits { get; set; }
    public DateTime ChangedAt { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<CopyLimit>
    {
        public void Configure(EntityTypeBuilder<CopyLimit> builder) => builder.ToTable("copy_limits").HasKey(x => x.Key);
    }
}

/// <summary>What is left of a limit that several processes take of. Written by one statement, which PostgreSQL's clock counts in.</summary>
public sealed class CopyCap
{
    /// <summary>As in <see cref="CopyLimit.Key"/>.</summary>
    public required string Key { get; set; }
    /// <summary>Below zero: taken in advance.</summary>
    public double Bytes { get; set; }
    public double Reads { get; set; }
    public DateTime At { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<CopyCap>
    {
        public void Configure(EntityTypeBuilder<CopyCap> builder) => builder.ToTable("copy_caps").HasKey(x => x.Key);
    }
}
