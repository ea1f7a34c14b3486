using MathNet.Numerics.Distributions;
using Migrate.Executor.Validation.Latency;

namespace Migrate.Benchmarks.Verdict;

/// <summary>A disk whose latency is known, because it is made up: what the calibration of the verdict is tried on.</summary>
/// <param name="Name">In the table.</param>
/// <param name="MedianUs">Of the intervals' means.</param>
/// <param name="Spread">Standard deviation of their logarithm.</param>
/// <param name="Correlation">Of that logarithm from one interval of 20 s to the next.</param>
/// <param name="Bursts">Share of intervals in bursts of three minutes on average, in which latency is four times as high.</param>
/// <param name="Diurnal">By how much load and latency go up and down with the hour (0: not at all).</param>
/// <param name="Iops">On average.</param>
internal sealed record LatencyWorld(string Name, double MedianUs, double Spread, double Correlation, double Bursts = 0, double Diurnal = 0, double Iops = 200)
{
    /// <summary>Kinds of disks that the verdict is calibrated on.</summary>
    public static IReadOnlyList<LatencyWorld> All { get; } =
    [
        new("independent", 400, 0.3, 0),
        new("dependent (0.7)", 400, 0.4, 0.7),
        new("fast (90 µs)", 90, 0.3, 0.8),
        new("by the hour", 400, 0.3, 0.8, Diurnal: 0.8),
        new("bursts (4 % of the time)", 400, 0.3, 0.7, Bursts: 0.04),
        new("rare bursts (1 %)", 400, 0.3, 0.7, Bursts: 0.01),
        new("strongly dependent (0.95)", 400, 0.4, 0.95),
        new("drifting (0.99)", 400, 0.4, 0.99),
        new("slow, wild, bursts, hourly", 5000, 0.8, 0.9, Bursts: 0.03, Diurnal: 0.5),
    ];

    private const double IntervalSeconds = 20;
    private const double BurstIntervals = 9;
    private const double LoadCorrelation = 0.9;
    /// <summary>Standard deviation of the logarithm of single I/Os around their interval's median.</summary>
    private const double SpreadOfIos = 0.6;

    /// <param name="from">UTC.</param>
    /// <param name="length">Of the observation.</param>
    /// <param name="random">Another one is another day of the same disk.</param>
    /// <param name="move">What the move did; null: nothing.</param>
    /// <param name="limitsUs">Of the histogram that is counted; null: only means are.</param>
    public IReadOnlyList<LatencyInterval> Observe(DateTime from, TimeSpan length, Random random, Move? move = null, IReadOnlyList<long>? limitsUs = null)
    {
        var count = (int)(length.TotalSeconds / IntervalSeconds);
        var intervals = new List<LatencyInterval>(count);
        var limits = limitsUs?.Select(us => move is null ? us : move.Undo(us)).ToArray();
        var (state, load) = (Normal.Sample(random, 0, 1), Normal.Sample(random, 0, 1));
        var burst = random.NextDouble() < Bursts;
        for (var i = 0; i < count; i++)
        {
            var ended = from.AddSeconds((i + 1) * IntervalSeconds);
            state = (Correlation * state) + (Math.Sqrt(1 - (Correlation * Correlation)) * Normal.Sample(random, 0, 1));
            load = (LoadCorrelation * load) + (Math.Sqrt(1 - (LoadCorrelation * LoadCorrelation)) * Normal.Sample(random, 0, 1));
            burst = burst ? random.NextDouble() >= 1 / BurstIntervals : random.NextDouble() < Bursts / (1 - Bursts) / BurstIntervals;
            var hour = Diurnal * Math.Sin(2 * Math.PI * ended.TimeOfDay.TotalDays);
            var us = MedianUs * Math.Exp((Spread * state) + (0.5 * hour) + (burst ? Math.Log(4) : 0));
            var operations = Math.Max(1, Math.Round(Iops * IntervalSeconds * Math.Exp(hour + (0.3 * load))));
            var counts = limits is null ? null : Counts(us, operations, limits, random);
            intervals.Add(new LatencyInterval(ended, IntervalSeconds, operations, operations * 8192, move?.Do(us) ?? us, move?.Spoil is { } spoil && counts is not null ? Spoiled(counts, limitsUs!, spoil) : counts));
        }

        return intervals;
    }

    private static long[] Counts(double medianUs, double operations, double[] limits, Random random)
    {
        var counts = new long[limits.Length + 1];
        double below = 0;
        for (var bin = 0; bin < counts.Length; bin++)
        {
            var upTo = bin == limits.Length ? 1 : limits[bin] <= 0 ? 0 : Normal.CDF(0, SpreadOfIos, Math.Log(limits[bin] / medianUs));
            var expected = operations * (upTo - below);
            counts[bin] = expected switch
            {
                <= 0 => 0,
                < 30 => Poisson.Sample(random, expected),
                _ => Math.Max(0, (long)Math.Round(expected + (Math.Sqrt(expected) * Normal.Sample(random, 0, 1)))),
            };
            below = upTo;
        }

        return counts;
    }

    /// <summary>Takes a share of all I/Os from below the limit to just above it.</summary>
    private static long[] Spoiled(long[] counts, IReadOnlyList<long> limitsUs, (long LimitUs, double Share) spoil)
    {
        var at = limitsUs.ToList().IndexOf(spoil.LimitUs);
        double below = counts.Take(at + 1).Sum();
        var taken = Math.Min(1, spoil.Share * counts.Sum() / Math.Max(1, below));
        var spoiled = (long[])counts.Clone();
        for (var bin = 0; bin <= at; bin++)
        {
            var moved = (long)Math.Round(counts[bin] * taken);
            spoiled[bin] -= moved;
            spoiled[at + 1] += moved;
        }

        return spoiled;
    }
}

/// <summary>What a move did to the latency.</summary>
/// <param name="Name">In the table.</param>
/// <param name="Do">Rising: a latency before to the one after.</param>
/// <param name="Spoil">A share of I/Os that is slower than this limit in addition; only histograms show it.</param>
internal sealed record Move(string Name, Func<double, double> Do, (long LimitUs, double Share)? Spoil = null)
{
    /// <summary>The latency before of one after.</summary>
    public double Undo(double us)
    {
        double low = 0, high = 10 * us;
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Do(middle) <= us ? (middle, high) : (low, middle);
        }

        return low;
    }
}
