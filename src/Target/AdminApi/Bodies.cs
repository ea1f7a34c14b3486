using Migrate.Target.Admin;
using Migrate.Target.Statistics;

namespace Migrate.Target.AdminApi;

// What requests and answers of the admin API carry beside the records of NvmeTarget.

/// <summary>The target as a whole.</summary>
/// <param name="Version">Of the program.</param>
/// <param name="Directory">Where it keeps its records.</param>
/// <param name="DefaultSubsystemNqn">The subsystem that is always there.</param>
/// <param name="Ports">Where it listens for hosts.</param>
/// <param name="Subsystems">How many subsystems it has.</param>
/// <param name="Namespaces">How many namespaces.</param>
/// <param name="NamespacesWithProblem">How many of them cannot be served; each says why.</param>
/// <param name="Hosts">How many hosts are connected.</param>
/// <param name="FreeBytes">Free space of the file system under its directory.</param>
public sealed record TargetStatus(
    string Version, string Directory, string DefaultSubsystemNqn, IReadOnlyList<PortInfo> Ports, int Subsystems, int Namespaces, int NamespacesWithProblem, int Hosts,
    long FreeBytes);

/// <summary>A subsystem as it should be.</summary>
internal sealed record SubsystemBody(bool AllowAnyHost = false, IReadOnlyList<string>? AllowedHosts = null, IReadOnlyList<ushort>? Ports = null, string? SerialNumber = null);

/// <summary>A namespace to create.</summary>
internal sealed record NamespaceBody(
    long CapacityBytes, int BlockSize = 512, uint? Nsid = null, uint AnaGroup = 1, string? BackingPath = null, bool? Direct = null, bool Preallocate = false);

internal sealed record SizeBody(long CapacityBytes, bool AllowDataLoss = false);

internal sealed record GrantBody(string HostNqn, long? Epoch = null);

internal sealed record AnaBody(AnaState State);

internal sealed record DrainBody(double PatienceSeconds = 30);

/// <summary>How a drain ended.</summary>
internal sealed record DrainResult(bool EndedInTime);

/// <summary>Statistics of one namespace or host.</summary>
/// <param name="Classes">By class of command; classes without a command are absent.</param>
/// <param name="Errors">Commands by the status that they got, as Linux logs it (<c>0x302</c>).</param>
public sealed record StatisticsView(IReadOnlyDictionary<string, ClassView> Classes, IReadOnlyDictionary<string, long> Errors);

/// <summary>Commands of one class since the target started.</summary>
/// <param name="Commands">How many.</param>
/// <param name="Bytes">What they moved or deallocated.</param>
/// <param name="Seconds">Their latencies together.</param>
/// <param name="P50">Half of them took no longer than this many seconds, at most a quarter too long; null from 34 s.</param>
/// <param name="P99">99 of 100 took no longer.</param>
/// <param name="P999">999 of 1000 took no longer.</param>
/// <param name="Latencies">How many took how long, in the buckets of <see cref="LatencyBuckets"/>: what two readings differ by is what happened between them. Null from a target that does not tell.</param>
public sealed record ClassView(long Commands, long Bytes, double Seconds, double? P50, double? P99, double? P999, IReadOnlyList<long>? Latencies = null);

/// <summary>All statistics.</summary>
/// <param name="Namespaces">By UUID.</param>
/// <param name="Hosts">By NQN.</param>
public sealed record StatisticsViews(IReadOnlyDictionary<Guid, StatisticsView> Namespaces, IReadOnlyDictionary<string, StatisticsView> Hosts)
{
    /// <summary>The same numbers as the admin API answers them.</summary>
    public static StatisticsViews Of(TargetStatistics statistics)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        return new(statistics.Namespaces.ToDictionary(n => n.Key, n => ViewOf(n.Value)), statistics.Hosts.ToDictionary(h => h.Key, h => ViewOf(h.Value)));
    }

    private static StatisticsView ViewOf(CommandTotals totals) => new(
        Enum.GetValues<CommandClass>().Where(c => totals.Commands(c) > 0).ToDictionary(TargetMeter.Word, c => new ClassView(
            totals.Commands(c), totals.Bytes(c), totals.Time(c).TotalSeconds, Seconds(totals, c, 0.5), Seconds(totals, c, 0.99), Seconds(totals, c, 0.999), totals.Latencies(c))),
        totals.Errors.ToDictionary(e => TargetMeter.Code(e.Key), e => e.Value));

    private static double? Seconds(CommandTotals totals, CommandClass commandClass, double part) =>
        totals.Percentile(commandClass, part) is { } latency && latency != TimeSpan.MaxValue ? latency.TotalSeconds : null;
}

/// <summary>An answer that is an error (RFC 9457), with what happened, why, and what helps.</summary>
internal sealed record ProblemBody(string Type, string Title, int Status, string Detail, string Code, string Cause, string Remedy);
