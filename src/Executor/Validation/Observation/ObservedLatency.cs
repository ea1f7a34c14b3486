using Migrate.Executor.Validation.Latency;

namespace Migrate.Executor.Validation.Observation;

/// <summary>How fast one disk answered after the move, in either direction.</summary>
/// <param name="DiskKey">Device key in the VM.</param>
/// <param name="Label">e.g. Hard disk 1.</param>
/// <param name="Read">Reads.</param>
/// <param name="Write">Writes.</param>
public sealed record ObservedLatency(int DiskKey, string Label, LatencyEvidence Read, LatencyEvidence Write);
