using Migrate.Planner.Baselines.Series;

namespace Migrate.Planner.VSphere;

/// <summary>Which five-minute means of a virtual disk on vSAN are wanted: those inside (After, Until], UTC.</summary>
public sealed record VsanSampleQuery(string VmKey, string InstanceUuid, string Instance, DateTime After, DateTime Until);

/// <param name="Samples">Of disks that the service knows.</param>
/// <param name="Problems">What could not be used of what the service said, by VM; the rest of its samples is there.</param>
/// <param name="Calls">Calls that were made.</param>
public sealed record VsanReading(IReadOnlyList<(VsanSampleQuery Query, SampleSeries Samples)> Samples, IReadOnlyDictionary<string, string> Problems, int Calls);
