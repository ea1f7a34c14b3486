using MathNet.Numerics.Distributions;

namespace Migrate.Executor.Validation.Latency;

/// <summary>
/// Shares of I/Os above limits, and how many independent I/Os they are worth. Neighbouring I/Os are slow together, so that a million of them tell less
/// than a million draws would: the variance of a share is taken from blocks of neighbouring intervals (a ratio estimate), and the number of I/Os is
/// divided by how much larger it is than that of independent ones (Kish's design effect; Korn and Graubard 1998 for small shares and few blocks).
/// </summary>
internal sealed class EffectiveCounts
{
    private const int FewBlocks = 5;
    private readonly double[] _above;
    private readonly double[] _effective;

    private EffectiveCounts(double[] above, double[] effective, int blocks, double seconds)
    {
        _above = above;
        _effective = effective;
        Blocks = blocks;
        Seconds = seconds;
    }

    /// <summary>How many blocks the variance was taken from.</summary>
    public int Blocks { get; }

    public double Seconds { get; }

    /// <summary>Share (0…1) of I/Os above the limit at an index.</summary>
    public double Above(int limit) => _above[limit];

    /// <summary>Independent I/Os that the share above the limit is worth, less what so few blocks leave unknown at this error.</summary>
    public double Effective(int limit, double alpha) => _effective[limit] * Shrink(Blocks, alpha);

    /// <summary>(z / t)²: what is known of a variance from few blocks is less than the variance says.</summary>
    internal static double Shrink(int blocks, double alpha) => blocks < 2 ? 0 : Math.Pow(Normal.InvCDF(0, 1, 1 - alpha) / StudentQuantile.Upper(blocks - 1, alpha), 2);

    /// <summary>Of intervals that each have their counts.</summary>
    public static EffectiveCounts Of(IReadOnlyList<LatencyInterval> intervals, int limits, int blockLength)
    {
        var counted = intervals.Where(x => x.Counts is not null).ToList();
        var blocks = counted.Chunk(blockLength).ToList();
        if (blocks.Count > 1 && blocks[^1].Length < blockLength)
        {
            blocks[^2] = [.. blocks[^2], .. blocks[^1]];
            blocks.RemoveAt(blocks.Count - 1);
        }

        var sizes = new double[blocks.Count];
        var above = new double[blocks.Count][];
        for (var k = 0; k < blocks.Count; k++)
        {
            above[k] = new double[limits];
            foreach (var interval in blocks[k])
            {
                long slower = 0;
                for (var bin = limits; bin >= 0; bin--)
                {
                    if (bin < limits)
                    {
                        above[k][bin] += slower;
                    }

                    slower += interval.Counts![bin];
                }

                sizes[k] += slower;
            }
        }

        var total = sizes.Sum();
        var shares = new double[limits];
        var effective = new double[limits];
        var hit = new int[limits];
        for (var limit = 0; limit < limits; limit++)
        {
            var share = shares[limit] = total == 0 ? 0 : above.Sum(x => x[limit]) / total;
            hit[limit] = above.Zip(sizes).Count(x => x.First[limit] > 0 && x.First[limit] < x.Second);
            var squares = above.Zip(sizes).Sum(x => Math.Pow(x.First[limit] - (share * x.Second), 2));
            var variance = blocks.Count < 2 ? double.PositiveInfinity : squares * blocks.Count / (blocks.Count - 1) / (total * total);
            effective[limit] = variance > 0 ? Math.Min(total, share * (1 - share) / variance) : total;
        }

        // Where only a few blocks have any I/O above (or below) the limit, their spread is chance: I/Os there are taken to depend on each other as at the
        // nearest limit that enough blocks tell of.
        var told = Enumerable.Range(0, limits).Where(i => hit[i] >= FewBlocks).ToList();
        for (var limit = 0; limit < limits; limit++)
        {
            if (hit[limit] < FewBlocks)
            {
                effective[limit] = told.Count == 0 ? blocks.Count : Math.Min(effective[limit], effective[told.MinBy(i => Math.Abs(i - limit))]);
            }
        }

        return new EffectiveCounts(shares, effective, blocks.Count, counted.Sum(x => x.Seconds));
    }

    /// <summary>
    /// Of a histogram that has no time in it: its I/Os are taken to depend on each other as those of <paramref name="other"/> do, so that it is worth as
    /// many per second as they are.
    /// </summary>
    /// <param name="counts">Per bin.</param>
    /// <param name="seconds">How long it was counted, as well as that is known.</param>
    /// <param name="other">The other side, by its limits.</param>
    /// <param name="limitOfOther">Which limit of the other side belongs to a limit of this one; null: none does.</param>
    public static EffectiveCounts Of(IReadOnlyList<long> counts, double seconds, EffectiveCounts other, Func<int, int?> limitOfOther)
    {
        double total = counts.Sum();
        var limits = counts.Count - 1;
        var shares = new double[limits];
        var effective = new double[limits];
        double slower = 0;
        for (var bin = limits; bin >= 0; bin--)
        {
            if (bin < limits)
            {
                shares[bin] = total == 0 ? 0 : slower / total;
                effective[bin] = limitOfOther(bin) is { } index ? Math.Min(total, other._effective[index] * seconds / Math.Max(other.Seconds, 1)) : 0;
            }

            slower += counts[bin];
        }

        var blocks = (int)Math.Clamp(Math.Round(other.Blocks * seconds / Math.Max(other.Seconds, 1)), 2, int.MaxValue);
        return new EffectiveCounts(shares, effective, blocks, seconds);
    }
}
