using Migrate.Planner.Plans;

namespace Migrate.Planner.Concerns;

/// <summary>Everything that can be found: rules and probes.</summary>
public static class ConcernCatalogue
{
    private static volatile Dictionary<string, IConcernDescription> ById = new IConcernDescription[][] { [.. ConcernRules.All], [.. ProbeDescriptions.All] }
        .SelectMany(some => some).ToDictionary(one => one.Id);

    public static IReadOnlyList<IConcernDescription> All => [.. ById.Values];

    /// <summary>Adds what is found by those that the planner does not know; what is there already stays.</summary>
    public static void Include(IEnumerable<IConcernDescription> more) => ById = ById.Values.Concat(more).DistinctBy(one => one.Id).ToDictionary(one => one.Id);

    /// <exception cref="MigrateException">concern.unknown, with the id that was likely meant.</exception>
    public static IConcernDescription Find(string id) => ById.TryGetValue(id, out IConcernDescription? found)
        ? found
        : throw new MigrateException("concern.unknown", $"There is no concern '{id}'.",
            Suggestion.For(id, ById.Keys) is { } near ? $"Did you mean '{near}'?" : "See 'migrate concerns explain' without an id for all of them.");

    /// <summary>False for what no reason lifts, and for what no version of ours knows.</summary>
    public static bool CanBeOverridden(string id) => ById.TryGetValue(id, out IConcernDescription? found) && found.CanBeOverridden;
}
