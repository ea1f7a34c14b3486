using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>A process that takes runs' steps: the server, or a worker beside it. It writes its row while it lives and deletes it when it stops.</summary>
public sealed class Worker
{
    /// <summary>Of one start of the process.</summary>
    public Guid Id { get; set; }
    public required string Name { get; set; }
    /// <summary>What the <see cref="Run.LeaseOwner"/> of its runs begins with, before a slash.</summary>
    public required string Owner { get; set; }
    public required string Machine { get; set; }
    public int ProcessId { get; set; }
    public required string Version { get; set; }
    /// <summary>JSON object: how many steps of which queue it does at once.</summary>
    public required string Queues { get; set; }
    public DateTime StartedAt { get; set; }
    public DateTime LastSeenAt { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<Worker>
    {
        public void Configure(EntityTypeBuilder<Worker> builder) => builder.ToTable("workers").HasKey(x => x.Id);
    }
}
