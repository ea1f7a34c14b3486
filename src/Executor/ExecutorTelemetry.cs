using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Migrate.Executor;

/// <summary>What the executor counts and traces, for whatever exporter the process has; without one nothing is computed.</summary>
public static class ExecutorTelemetry
{
    public const string Name = "Migrate.Executor";

    private static readonly Meter Meter = new(Name);

    /// <summary>Steps of runs, and what they ask of the target.</summary>
    public static readonly ActivitySource Activities = new(Name);

    internal static readonly Counter<long> CopyBytes = Meter.CreateCounter<long>("migrate.copy.bytes", "By", "Bytes of disks by what became of them: read from sources, found to be zero, sent to destinations");

    internal static readonly Counter<long> PhaseChanges = Meter.CreateCounter<long>("migrate.run.phase.changes", "{change}", "Runs that came to a phase");

    internal static readonly Counter<long> Failures = Meter.CreateCounter<long>("migrate.run.failures", "{failure}", "Runs that failed, by the error's code");

    internal static readonly Histogram<double> StepDuration = Meter.CreateHistogram(
        "migrate.run.step.duration", "s", "Time that a step of a run took, by its phase", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600] });
}
