using System.Globalization;

namespace Migrate.Benchmarks.Verdict;

/// <summary>
/// Prints how often the verdict on latency passes and fails where the truth is known: --pairs N days before and after of each kind (200), --hours H of them (24).
/// </summary>
internal static class CalibrationBenchmark
{
    public static Task RunAsync(string[] args)
    {
        int Of(string name, int standard) => Array.IndexOf(args, name) is var at and >= 0 ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : standard;
        var (pairs, hours) = (Of("--pairs", 200), TimeSpan.FromHours(Of("--hours", 24)));
        Console.WriteLine($"{pairs} pairs, {hours.TotalHours:0} h before and after, 20 s intervals; standard error of a share near 5 %: {100 * Math.Sqrt(0.05 * 0.95 / pairs):0.0} points");
        Console.WriteLine($"{"disk",-30} {"truth",-22} {"means: Pass",12} {"Fail",7} {"with histogram: Pass",21} {"Fail",7}");
        foreach (var world in LatencyWorld.All)
        {
            var calibration = new Calibration(world, hours, hours);
            foreach (var move in calibration.Moves())
            {
                Print(world, move, calibration.Run(move, histograms: false, pairs), calibration.Run(move, histograms: true, pairs));
            }

            foreach (var move in calibration.FiguresAtTheMargin())
            {
                Print(world, move, calibration.Run(move, histograms: false, pairs), null);
            }

            var limit = calibration.LimitAtTheMargin();
            Print(world, limit, null, calibration.Run(limit, histograms: true, pairs));
        }

        return Task.CompletedTask;
    }

    private static void Print(LatencyWorld world, Move move, (double Pass, double Fail)? means, (double Pass, double Fail)? histograms)
    {
        static string Percent(double? share) => share is { } x ? (100 * x).ToString("0.0", CultureInfo.InvariantCulture) + " %" : "";
        Console.WriteLine($"{world.Name,-30} {move.Name,-22} {Percent(means?.Pass),12} {Percent(means?.Fail),7} {Percent(histograms?.Pass),21} {Percent(histograms?.Fail),7}");
    }
}
