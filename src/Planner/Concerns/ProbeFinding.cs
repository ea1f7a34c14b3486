namespace Migrate.Planner.Concerns;

/// <summary>What a probe found. <paramref name="VmKey"/> is the VM that it is about; null when it concerns all VMs of the plan.</summary>
public sealed record ProbeFinding(string? VmKey, Concern Concern);
