using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere.Tags;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>
/// Where managed objects come from: a live server's property collector or the files of a dump. Whatever cannot be read becomes a
/// line of <see cref="Gaps"/>, never a failure.
/// </summary>
internal interface IObjectReader
{
    SourceAbout About { get; }

    /// <summary>The moment that the objects are of, UTC.</summary>
    DateTime TakenAt { get; }

    /// <summary>What could not be read, one line each.</summary>
    IReadOnlyCollection<string> Gaps { get; }

    /// <summary>Type names that the contract does not have, with how often they came; they were read as what they derive from.</summary>
    IReadOnlyDictionary<string, int> UnknownTypes { get; }

    /// <summary>All objects of <paramref name="type"/> and of types derived from it.</summary>
    Task<List<ObjectProperties>> ReadAllAsync(string type, IReadOnlyList<string> paths, CancellationToken cancellationToken);

    /// <summary>One object; null when it is not (or no longer) there.</summary>
    Task<ObjectProperties?> ReadOneAsync(ManagedObjectReference reference, IReadOnlyList<string> paths, CancellationToken cancellationToken);

    /// <summary>Which object has which tag; a dump has none.</summary>
    Task<TagMap> ReadTagsAsync(CancellationToken cancellationToken) => Task.FromResult(TagMap.Empty);
}
