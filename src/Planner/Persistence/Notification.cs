using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>A message on its way to one receiver: stored before it is sent, so that none is lost with a process. The row without a receiver says since when messages are wanted.</summary>
public sealed class Notification
{
    public Guid Id { get; set; }
    /// <summary>What it tells, of which run, and to whom: the same is never told twice.</summary>
    public required string Key { get; set; }
    /// <summary>ready | failed | verdict | stalled.</summary>
    public required string Event { get; set; }
    public Guid? RunId { get; set; }
    /// <summary>A webhook's URL or <c>mailto:</c> with an address; empty for the row that marks the beginning.</summary>
    public required string Receiver { get; set; }
    public required string Subject { get; set; }
    /// <summary>JSON.</summary>
    public required string Body { get; set; }
    public DateTime CreatedAt { get; set; }
    public int Attempts { get; set; }
    /// <summary>When it is tried next; null when it was delivered or given up.</summary>
    public DateTime? DueAt { get; set; }
    public DateTime? SentAt { get; set; }
    public string? Error { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<Notification>
    {
        public void Configure(EntityTypeBuilder<Notification> builder)
        {
            builder.ToTable("notifications").HasKey(x => x.Id);
            builder.HasIndex(x => x.Key).IsUnique();
            builder.HasIndex(x => x.DueAt);
        }
    }
}
