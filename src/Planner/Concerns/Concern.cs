namespace Migrate.Planner.Concerns;

/// <summary>Critical blocks the start of a run; Warning may lose something; Information is mapped or harmless.</summary>
public enum ConcernSeverity
{
    Information,
    Warning,
    Critical,
}

/// <summary>A rule's finding on one VM. <paramref name="Id"/> is stable, e.g. <c>disk.rdm</c>.</summary>
public sealed record Concern(string Id, ConcernSeverity Severity, string Label, string Subject, string Assessment, string Remedy);

/// <summary>Cold: the VM is off while it is copied. Warm: copied while it runs, with changed block tracking.</summary>
public enum MigrationMode
{
    Cold,
    Warm,
}
