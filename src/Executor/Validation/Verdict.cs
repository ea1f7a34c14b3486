using System.Text.Json.Serialization;
using Migrate.Executor.Validation.Identity;

namespace Migrate.Executor.Validation;

public enum Outcome
{
    Pass,
    Fail,
    Inconclusive,
}

public enum Aspect
{
    Data,
    Boot,
    /// <summary>Host name, addresses, gateways and DNS of the guest.</summary>
    Identity,
    Latency,
}

/// <summary>What is proven of one migrated VM. Any Fail makes it Fail; else any Inconclusive makes it Inconclusive.</summary>
public sealed record Verdict
{
    public required string VmName { get; init; }
    public required DateTime JudgedAt { get; init; }
    public required Outcome Outcome { get; init; }
    public required IReadOnlyList<AspectVerdict> Aspects { get; init; }
    public IReadOnlyList<LatencyComparison> Latencies { get; init; } = [];
    /// <summary>Null for verdicts of before it was compared.</summary>
    public IdentityFinding? Identity { get; init; }
}

/// <summary>One aspect: the statement in words and every reason for it.</summary>
public sealed record AspectVerdict(Aspect Aspect, Outcome Outcome, string Statement, IReadOnlyList<string> Reasons);

/// <summary>One disk, one direction: before is a mean of 20 s means weighted by I/Os, after is QEMU's mean over single I/Os.</summary>
public sealed record LatencyComparison
{
    public required int DiskKey { get; init; }
    public required string Label { get; init; }
    /// <summary>read | write.</summary>
    public required string Direction { get; init; }
    public required Outcome Outcome { get; init; }
    /// <summary>Why the outcome is what it is, in words.</summary>
    public required string Statement { get; init; }
    public double? BeforeMeanUs { get; init; }
    public double BeforeIops { get; init; }
    public int BeforeSamples { get; init; }
    public double? AfterMeanUs { get; init; }
    public double AfterIops { get; init; }
    public long AfterOperations { get; init; }
    /// <summary>Histogram bins that hold the quantiles of single I/Os after the move.</summary>
    public LatencyBin? P50 { get; init; }
    public LatencyBin? P95 { get; init; }
    public LatencyBin? P99 { get; init; }
    public IReadOnlyList<LatencyBin> Bins { get; init; } = [];
}

/// <summary>How verdicts and measurements are written: camel case, names of enums, no reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = false)]
[JsonSerializable(typeof(Verdict))]
[JsonSerializable(typeof(LatencyStart))]
[JsonSerializable(typeof(IReadOnlyList<LatencyMeasurement>))]
public sealed partial class ValidationJson : JsonSerializerContext;
