using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>Something that happened to a collected VM at the source and that its storage figures may show: a snapshot, a move.</summary>
public sealed class BaselineEvent
{
    public Guid SourceId { get; set; }
    public required string VmKey { get; set; }
    /// <summary>The event's number at its source.</summary>
    public int EventKey { get; set; }
    public DateTime At { get; set; }
    /// <summary>Baselines.Collection.DisturbanceKind.</summary>
    public required string Kind { get; set; }
    public required string Message { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<BaselineEvent>
    {
        public void Configure(EntityTypeBuilder<BaselineEvent> builder) =>
            builder.ToTable("baseline_events").HasKey(x => new { x.SourceId, x.VmKey, x.EventKey });
    }
}
