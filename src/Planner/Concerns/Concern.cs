using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;

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

/// <summary>What a rule may look at: the VM, what it stands on, and how it is to be moved.</summary>
public sealed record ConcernContext(
    Vm Vm,
    IReadOnlyDictionary<string, EsxHost> Hosts,
    IReadOnlyDictionary<string, Datastore> Datastores,
    MigrationMode Mode)
{
    public IReadOnlyDictionary<string, Cluster> Clusters { get; init; } = new Dictionary<string, Cluster>();
    public PlanPolicy Policy { get; init; } = new();
}

/// <summary>Cold: the VM is off while it is copied. Warm: copied while it runs, with changed block tracking.</summary>
public enum MigrationMode
{
    Cold,
    Warm,
}

/// <summary>One rule, one file. A rule is a pure function of its context.</summary>
public interface IConcernRule
{
    /// <summary>Stable; every concern that the rule finds carries it.</summary>
    string Id { get; }

    /// <summary>The finding in a few words.</summary>
    string Label { get; }

    /// <summary>When the rule fires and how severe that is, in one or two sentences, for docs/concerns.md.</summary>
    string Finds { get; }

    /// <summary>The most severe finding that the rule can come to.</summary>
    ConcernSeverity Severity { get; }

    /// <summary>Where the rule comes from: a public document, an article of a knowledge base, a product's behaviour.</summary>
    string Source { get; }

    /// <summary>False where going on would lose data or copy nothing for certain: no reason of an operator lifts that.</summary>
    bool CanBeOverridden => true;

    IEnumerable<Concern> Judge(ConcernContext context);
}
