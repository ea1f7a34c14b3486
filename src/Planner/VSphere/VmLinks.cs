namespace Migrate.Planner.VSphere;

/// <summary>What ties a VM to its network, and its notes: what is taken from a source that has moved, and given back by a roll-back.</summary>
/// <param name="Annotation">The VM's notes.</param>
/// <param name="ConnectedNics">Device keys of the cards that are connected when the VM is powered on.</param>
public sealed record VmLinks(string Annotation, IReadOnlyList<int> ConnectedNics);
