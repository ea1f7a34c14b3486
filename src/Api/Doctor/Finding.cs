namespace Migrate.Api.Doctor;

internal enum FindingStatus
{
    Ok,
    /// <summary>Something that is not needed for everything.</summary>
    Warn,
    Fail,
}

/// <summary>One thing that the doctor looked at.</summary>
/// <param name="Name">What.</param>
/// <param name="Status">Whether it is as it should be.</param>
/// <param name="Detail">What was seen.</param>
/// <param name="Remedy">What to do about it; null when nothing is.</param>
internal sealed record Finding(string Name, FindingStatus Status, string Detail, string? Remedy = null)
{
    public static Finding Ok(string name, string detail) => new(name, FindingStatus.Ok, detail);

    public static Finding Warn(string name, string detail, string remedy) => new(name, FindingStatus.Warn, detail, remedy);

    public static Finding Fail(string name, string detail, string remedy) => new(name, FindingStatus.Fail, detail, remedy);
}
