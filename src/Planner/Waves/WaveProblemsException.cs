namespace Migrate.Planner.Waves;

/// <summary>Waves cannot be planned so, with everything that stands against it.</summary>
public sealed class WaveProblemsException(string code, string what, string remedy, IReadOnlyList<string> problems)
    : MigrateException(code, $"{what}: {string.Join("; ", problems)}.", remedy)
{
    /// <summary>That it cannot be done, without why.</summary>
    public string What { get; } = what;

    /// <summary>One line each.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
