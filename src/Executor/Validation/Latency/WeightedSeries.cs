namespace Migrate.Executor.Validation.Latency;

/// <summary>Latencies of intervals in order of time, each with the I/Os that it stands for, and the order of their sizes.</summary>
internal sealed class WeightedSeries
{
    private static readonly double[] Shares = [0.50, 0.95, 0.99];
    private readonly double[] _us;
    private readonly double[] _weights;
    private readonly int[] _hours;
    private readonly int[] _byLatency;

    private WeightedSeries(double[] us, double[] weights, int[] hours)
    {
        _us = us;
        _weights = weights;
        _hours = hours;
        _byLatency = [.. Enumerable.Range(0, us.Length)];
        Array.Sort((double[])us.Clone(), _byLatency);
    }

    public static WeightedSeries Empty { get; } = new([], [], []);

    public int Count => _us.Length;

    public IReadOnlyList<double> Us => _us;

    /// <summary>Of each interval, in which hour it lies: what differs from hour to hour is no dependence of neighbours.</summary>
    public IReadOnlyList<int> Hours => _hours;

    /// <param name="intervals">In order of time.</param>
    /// <param name="weight">Of the interval at an index; those of weight 0 are left out.</param>
    /// <param name="hour">Of the interval at an index.</param>
    public static WeightedSeries Of(IReadOnlyList<LatencyInterval> intervals, Func<int, double> weight, Func<int, int> hour)
    {
        var used = Enumerable.Range(0, intervals.Count).Select(i => (Index: i, Weight: weight(i))).Where(x => x.Weight > 0).ToArray();
        return new WeightedSeries([.. used.Select(x => intervals[x.Index].MeanUs)], [.. used.Select(x => x.Weight)], [.. used.Select(x => hour(x.Index))]);
    }

    /// <summary>How many blocks of neighbours the figure at an index rests on: those that have an interval at or above it (for the mean: all).</summary>
    public int BlocksAbove(int figure, double us, int blockLength) => figure == 0
        ? (Count + blockLength - 1) / blockLength
        : _us.Chunk(blockLength).Count(block => block.Any(x => x >= us));

    /// <summary>Mean, p50, p95 and p99 over I/Os: a percentile is the smallest latency such that intervals of at most it carry that share of the I/Os.</summary>
    public double[] Figures() => Figures(null);

    /// <summary>The same when each interval counts so many times.</summary>
    public double[] Figures(int[]? times)
    {
        double total = 0, sum = 0;
        for (var i = 0; i < _us.Length; i++)
        {
            var weight = times is null ? _weights[i] : _weights[i] * times[i];
            total += weight;
            sum += weight * _us[i];
        }

        var figures = new double[1 + Shares.Length];
        figures[0] = sum / total;
        double below = 0;
        var next = 0;
        foreach (var i in _byLatency)
        {
            below += times is null ? _weights[i] : _weights[i] * times[i];
            while (next < Shares.Length && below >= Shares[next] * total)
            {
                figures[1 + next++] = _us[i];
            }

            if (next == Shares.Length)
            {
                break;
            }
        }

        for (; next < Shares.Length; next++)
        {
            figures[1 + next] = _us[_byLatency[^1]]; // Rounding kept the sum below the share.
        }

        return figures;
    }

    /// <summary>The distribution as some eighty points, evenly in share and denser in the tail; none without intervals.</summary>
    public IReadOnlyList<CurvePoint> Curve()
    {
        var total = _weights.Sum();
        var points = new List<CurvePoint>();
        double below = 0, next = 0;
        foreach (var i in _byLatency)
        {
            below += _weights[i];
            var share = Math.Min(1, below / total);
            if (share >= next || i == _byLatency[^1])
            {
                points.Add(new CurvePoint(_us[i], share));
                next = share < 0.9 ? share + (1.0 / 40) : share + ((1 - share) / 8);
            }
        }

        return points;
    }
}
