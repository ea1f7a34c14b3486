namespace Migrate.Target.Statistics;

/// <summary>What hosts did since the target started.</summary>
/// <param name="Namespaces">Sums per namespace.</param>
/// <param name="Hosts">Sums per host NQN; of hosts that have gone, only the last 256 are kept.</param>
public sealed record TargetStatistics(IReadOnlyDictionary<Guid, CommandTotals> Namespaces, IReadOnlyDictionary<string, CommandTotals> Hosts);
