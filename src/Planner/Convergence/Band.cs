namespace Migrate.Planner.Convergence;

/// <summary>A figure that is not known exactly: what is to be expected, and between what it lies. Ascending.</summary>
public readonly record struct Band(double Low, double Likely, double High)
{
    public static Band Exactly(double value) => new(value, value, value);

    /// <summary>A single figure of which nobody knows how far it varies: between a part and a multiple of it.</summary>
    public static Band Around(double likely, double lowest, double highest) => new(likely * lowest, likely, likely * highest);

    /// <summary>As much more of each.</summary>
    public Band Plus(double more) => new(Low + more, Likely + more, High + more);
}
