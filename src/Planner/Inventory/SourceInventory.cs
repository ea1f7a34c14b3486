using System.Text.Json.Serialization;

namespace Migrate.Planner.Inventory;

/// <summary>
/// Everything seen on a source at one moment: what one synchronisation reads and one inventory version stores.
/// </summary>
public sealed record SourceInventory
{
    public required SourceAbout About { get; init; }
    public required DateTime TakenAt { get; init; }
    public IReadOnlyList<Vm> Vms { get; init; } = [];
    public IReadOnlyList<EsxHost> Hosts { get; init; } = [];
    public IReadOnlyList<Datastore> Datastores { get; init; } = [];
    public IReadOnlyList<Network> Networks { get; init; } = [];
    public IReadOnlyList<Cluster> Clusters { get; init; } = [];
    /// <summary>What could not be read or was not understood (unknown types, missing privileges), one line each.</summary>
    public IReadOnlyList<string> Gaps { get; init; } = [];
}

/// <summary>ServiceContent.about: which product answered.</summary>
public sealed record SourceAbout(string FullName, string ApiType, string ApiVersion, string InstanceUuid)
{
    /// <summary>Not a server but VMs that lie in files (.vmx, .ovf, .ova): they run nowhere, and no host or statistics are about them.</summary>
    [JsonIgnore]
    public bool IsFiles => ApiType is "vmx" or "ovf";
}
