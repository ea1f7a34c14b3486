namespace Migrate.Executor.Validation.Observation;

/// <summary>
/// When what is observed is looked at, and how much error each look may take. The looks are fixed before anything is seen: after the first time, twice that, four
/// times …, and at last at the most. Look k takes 0.05/2^k, so that all of them together, however many there are, take less than 0.05; where there is only one it
/// takes all of it. Pure.
/// </summary>
public static class LookSchedule
{
    public const double Alpha = 0.05;
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1000);

    /// <param name="look">From 1.</param>
    /// <param name="first">When the first is, after the beginning.</param>
    /// <param name="most">When the last is.</param>
    public static TimeSpan At(int look, TimeSpan first, TimeSpan most)
    {
        var at = Begin(first, most);
        for (var i = 1; i < look && at < most; i++)
        {
            at *= 2;
        }

        return at < most ? at : most;
    }

    /// <summary>The share of the error that a look may take.</summary>
    public static double AlphaOf(int look, TimeSpan first, TimeSpan most) => Begin(first, most) >= most ? Alpha : Alpha / Math.Pow(2, look);

    /// <summary>Where there may be later looks, none is wasted on a time in which there cannot be enough intervals.</summary>
    private static TimeSpan Begin(TimeSpan first, TimeSpan most) => first < most && first < Least ? (Least < most ? Least : most) : first;
}
