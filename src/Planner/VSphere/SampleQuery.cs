using Migrate.Planner.Baselines.Series;

namespace Migrate.Planner.VSphere;

/// <summary>Which realtime samples of a VM are wanted.</summary>
/// <param name="DiskCount">How many disks it has, as far as is known: what the query weighs for the server's limit.</param>
/// <param name="After">Only samples later than this, by the server's clock; null for all that it keeps (one hour).</param>
/// <param name="Instances">Only these disks; null for all that the VM has by now, also ones that no inventory has seen.</param>
public sealed record SampleQuery(string VmKey, int DiskCount, DateTime? After, IReadOnlyList<string>? Instances = null);

/// <summary>What a round of queries gave.</summary>
/// <param name="Failures">VMs that could not be read, with the reason; one VM's failure is not the others'.</param>
/// <param name="Calls">QueryPerf calls that were made.</param>
public sealed record SampleReading(IReadOnlyList<VmSamples> Samples, IReadOnlyDictionary<string, MigrateException> Failures, int Calls);
