using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>What an operation does.</summary>
public enum OperationKind
{
    /// <summary>Reads a source's inventory.</summary>
    SynchroniseSource,

    /// <summary>Tries what a plan's runs will need.</summary>
    CheckPlan,

    /// <summary>Reads a disk against its manifest.</summary>
    VerifyManifest,

    /// <summary>Reads a KVM host, and whether it has KVM.</summary>
    ProbeHost,

    /// <summary>Reads a KVM host, and tries paths and ports from there.</summary>
    CheckHost,

    /// <summary>Plans the waves of a plan and keeps them.</summary>
    PlanWaves,

    /// <summary>Plans the waves of a plan by several sets of rules and keeps none.</summary>
    CompareWaves,

    /// <summary>Probes a KVM host and adds it.</summary>
    AddHost,

    /// <summary>Probes a KVM host with a change and keeps that.</summary>
    UpdateHost,

    /// <summary>Logs in to a source, or reads its files, and adds it.</summary>
    AddSource,

    /// <summary>Tries a source's new login and keeps that.</summary>
    UpdateSource,
}

/// <summary>How far an operation is.</summary>
public enum OperationState
{
    /// <summary>Waits until others of its kind are over.</summary>
    Queued,
    Running,
    Succeeded,
    Failed,

    /// <summary>Somebody stopped it.</summary>
    Cancelled,

    /// <summary>The server was stopped over it.</summary>
    Interrupted,
}

/// <summary>Work that takes longer than a call should, and what came of it. It is done by the process that serves the API, and ends with it.</summary>
public sealed class Operation
{
    public Guid Id { get; set; }
    public OperationKind Kind { get; set; }
    /// <summary>What it is done to, as a path of the API, e.g. sources/vc1.</summary>
    public required string Subject { get; set; }
    public OperationState State { get; set; }
    /// <summary>Who asked for it.</summary>
    public required string StartedBy { get; set; }
    public DateTime CreatedAt { get; set; }
    public DateTime? StartedAt { get; set; }
    public DateTime? FinishedAt { get; set; }
    /// <summary>JSON of what it came to; null unless it has succeeded.</summary>
    public string? Result { get; set; }
    /// <summary>JSON of the problem details; null unless it ended otherwise.</summary>
    public string? Problem { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<Operation>
    {
        public void Configure(EntityTypeBuilder<Operation> builder)
        {
            builder.ToTable("operations").HasKey(x => x.Id);
            builder.Property(x => x.Kind).HasConversion<string>();
            builder.Property(x => x.State).HasConversion<string>();
            builder.HasIndex(x => new { x.CreatedAt, x.Id });
            builder.HasIndex(x => new { x.Subject, x.CreatedAt });
        }
    }
}
