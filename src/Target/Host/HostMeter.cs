using System.Diagnostics.Metrics;

namespace Migrate.Target.Host;

/// <summary>How long commands take as this initiator sees it, by the meter <c>Migrate.Target.Host</c>; nothing is computed while nobody listens.</summary>
internal static class HostMeter
{
    private static readonly Meter Meter = new("Migrate.Target.Host");

    private static readonly Histogram<double> Durations = Meter.CreateHistogram(
        "nvme.command.duration", "s", "From a command's submission to its answer, at our NVMe/TCP host",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5] });

    public static void Answered(HostCommand command, TimeProvider time)
    {
        if (Durations.Enabled)
        {
            Durations.Record(time.GetElapsedTime(command.SubmittedAt).TotalSeconds, new KeyValuePair<string, object?>("command", command.Name));
        }
    }
}
