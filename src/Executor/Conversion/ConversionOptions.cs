namespace Migrate.Executor.Conversion;

/// <summary>How the tools that look into guests and change them are run.</summary>
public sealed record ConversionOptions
{
    /// <summary>Of virt-v2v and of committing what it changed; a tool that takes longer is ended.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromHours(2);

    /// <summary>Of looking into a guest.</summary>
    public TimeSpan InspectionLimit { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>What the tools find in their environment beside what this process has, e.g. LIBGUESTFS_BACKEND_SETTINGS.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}
