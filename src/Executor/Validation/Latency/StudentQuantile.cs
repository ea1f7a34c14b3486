using MathNet.Numerics.Distributions;

namespace Migrate.Executor.Validation.Latency;

/// <summary>Upper quantiles of Student's distribution for any freedom and error: with few degrees and small errors they are in the thousands and beyond, where MathNet's search gives up.</summary>
internal static class StudentQuantile
{
    private const double Farthest = 1e15;

    /// <summary>What is exceeded with the probability <paramref name="alpha"/> (0…0.5).</summary>
    public static double Upper(double freedom, double alpha)
    {
        // The lower tail is exact where 1 − α is not; halving the logarithm finds any of them.
        double low = 1e-9, high = Farthest;
        for (var i = 0; i < 120 && high / low > 1 + 1e-12; i++)
        {
            var middle = Math.Sqrt(low * high);
            (low, high) = StudentT.CDF(0, 1, freedom, -middle) > alpha ? (middle, high) : (low, middle);
        }

        return Math.Sqrt(low * high);
    }
}
