using Migrate.Planner.Plans;

namespace Migrate.Planner.Concerns;

/// <summary>Everything that can be found: rules and probes.</summary>
public static class ConcernCatalogue
{
    public static IReadOnlyList<IConcernDescription> All { get; } = [.. ConcernRules.All, .. ProbeDescriptions.All];

    private static readonly Dictionary<string, IConcernDescription> ById = All.ToDictionary(one => one.Id);

    /// <exception cref="MigrateException">concern.unknown, with the id that was likely meant.</exception>
    public static IConcernDescription Find(string id) => ById.TryGetValue(id, out IConcernDescription? found)
        ? found
        : throw new MigrateException("concern.unknown", $"There is no concern '{id}'.",
            Suggestion.For(id, ById.Keys) is { } near ? $"Did you mean '{near}'?" : "See 'migrate concerns explain' without an id for all of them.");

    /// <summary>False for what no reason lifts, and for what no version of ours knows.</summary>
    public static bool CanBeOverridden(string id) => ById.TryGetValue(id, out IConcernDescription? found) && found.CanBeOverridden;
}
