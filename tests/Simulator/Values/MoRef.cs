namespace Migrate.Simulator.Values;

/// <summary>A reference to a managed object, e.g. (VirtualMachine, vm-42).</summary>
public sealed record MoRef(string Type, string Id);
