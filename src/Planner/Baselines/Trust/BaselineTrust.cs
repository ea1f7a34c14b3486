namespace Migrate.Planner.Baselines.Trust;

/// <summary>How far figures may decide whether storage is as good as before.</summary>
public enum TrustLevel
{
    /// <summary>Good for a look, not for a decision.</summary>
    Low,
    /// <summary>Good for a decision by somebody who reads the reasons.</summary>
    Medium,
    High,
}

/// <summary>Something that keeps a baseline from being trusted more.</summary>
/// <param name="Code">Stable, e.g. "latency-in-milliseconds".</param>
/// <param name="AtMost">The highest level that is left.</param>
/// <param name="Message">What was found, with its figures.</param>
/// <param name="Remedy">What would make it better; empty where nothing would.</param>
/// <param name="DiskKey">The disk that it is about; null: all of them.</param>
public sealed record TrustReason(string Code, TrustLevel AtMost, string Message, string Remedy, int? DiskKey = null);

/// <summary>How far a baseline can be trusted, and everything that speaks against it.</summary>
public sealed record BaselineTrust(TrustLevel Level, IReadOnlyList<TrustReason> Reasons)
{
    public static BaselineTrust Judge(TrustEvidence evidence)
    {
        List<TrustReason> reasons = [.. TrustRules.All.SelectMany(rule => rule(evidence)).OrderBy(reason => reason.AtMost)];
        return new BaselineTrust(reasons.Count == 0 ? TrustLevel.High : reasons.Min(reason => reason.AtMost), reasons);
    }
}
