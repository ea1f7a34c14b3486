using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>A VM whose counters are collected, or were. The collector goes on from here after a restart.</summary>
public sealed class BaselineWatch
{
    public Guid SourceId { get; set; }
    public required string VmKey { get; set; }
    public required string VmName { get; set; }
    /// <summary>How many disks the VM had when it was polled last: what a query of it weighs.</summary>
    public int DiskCount { get; set; }
    public DateTime StartedAt { get; set; }
    /// <summary>Null while it is collected.</summary>
    public DateTime? StoppedAt { get; set; }
    /// <summary>The newest stored sample's time, by the source's clock; null before the first.</summary>
    public DateTime? Watermark { get; set; }
    /// <summary>The last poll that the source answered, by our clock.</summary>
    public DateTime? PolledAt { get; set; }
    /// <summary>Up to when the source's events have been read, by the source's clock.</summary>
    public DateTime? EventsUntil { get; set; }
    /// <summary>The source's clock minus ours at the last poll, in seconds.</summary>
    public double ClockSkewSeconds { get; set; }
    /// <summary>Counters that the source does not have or did not fill in the last poll: JSON list of group.name.rollup.</summary>
    public string MissingCounters { get; set; } = "[]";
    /// <summary>Why the last poll failed; null when it did not.</summary>
    public string? Error { get; set; }
    /// <summary>When it was last looked whether vSAN's performance service has something of the VM, by our clock; null where no cluster has vSAN.</summary>
    public DateTime? VsanAskedAt { get; set; }
    /// <summary>Up to when its means have been read, by the source's clock.</summary>
    public DateTime? VsanUntil { get; set; }
    /// <summary>Why it gave nothing; null when it did, or was not asked.</summary>
    public string? VsanProblem { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<BaselineWatch>
    {
        public void Configure(EntityTypeBuilder<BaselineWatch> builder) =>
            builder.ToTable("baseline_watches").HasKey(x => new { x.SourceId, x.VmKey });
    }
}
