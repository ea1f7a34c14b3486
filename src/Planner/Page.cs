namespace Migrate.Planner;

/// <summary>One page of a list; <paramref name="Total"/> counts everything that the filter lets through.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, int Total);
