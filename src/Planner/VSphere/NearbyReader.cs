using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>
/// What is around one VM and nothing else: its folders, its host and pool with what they are in, its networks. A dozen calls however large
/// the source is. Tags are another service's and are left out.
/// </summary>
internal sealed class NearbyReader : IObjectReader
{
    private static readonly string[] Place = ["name", "parent"];

    private readonly PropertyReader _reader;
    private readonly List<ObjectProperties> _above = [];
    private readonly List<ManagedObjectReference> _networks = [];

    private NearbyReader(PropertyReader reader) => _reader = reader;

    public SourceAbout About => _reader.About;

    public DateTime TakenAt => _reader.TakenAt;

    public IReadOnlyCollection<string> Gaps => _reader.Gaps;

    public IReadOnlyDictionary<string, int> UnknownTypes => _reader.UnknownTypes;

    public static async Task<NearbyReader> AroundAsync(ObjectProperties vm, PropertyReader reader, CancellationToken cancellationToken)
    {
        var nearby = new NearbyReader(reader);
        nearby._networks.AddRange(vm.Get<ArrayOfManagedObjectReference>("network")?.ManagedObjectReference ?? []);
        foreach (var path in new[] { "parent", "runtime.host", "resourcePool" })
        {
            await nearby.ClimbAsync(vm.Get<ManagedObjectReference>(path), cancellationToken);
        }

        return nearby;
    }

    public async Task<List<ObjectProperties>> ReadAllAsync(string type, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        if (paths.All(Place.Contains) && type != "Network")
        {
            return [.. _above.Where(o => Is(o.Reference, type))];
        }

        ManagedObjectReference[] references = [.. _above.Select(o => o.Reference).Concat(_networks).Where(r => Is(r, type))];
        return references.Length == 0 ? [] : [.. (await _reader.ReadManyAsync(type, references, paths, cancellationToken)).Select(o => new ObjectProperties(o))];
    }

    public Task<ObjectProperties?> ReadOneAsync(ManagedObjectReference reference, IReadOnlyList<string> paths, CancellationToken cancellationToken) =>
        _reader.ReadOneAsync(reference, paths, cancellationToken);

    /// <summary>Up to the root folder, or to where somebody has been already.</summary>
    private async Task ClimbAsync(ManagedObjectReference? from, CancellationToken cancellationToken)
    {
        for (var at = from; at is not null && !_above.Any(o => o.Reference.Equals(at));)
        {
            if (await _reader.ReadOneAsync(at, Place, cancellationToken) is not { } found)
            {
                return;
            }

            _above.Add(found);
            at = found.Get<ManagedObjectReference>("parent");
        }
    }

    /// <summary>Whether it is of the type or of one that derives from it, as far as they are asked for here.</summary>
    private static bool Is(ManagedObjectReference reference, string type) => reference.Type == type || (type, reference.Type) is
        ("Folder", "StoragePod") or ("ComputeResource", "ClusterComputeResource") or ("ResourcePool", "VirtualApp")
        or ("Network", "DistributedVirtualPortgroup" or "OpaqueNetwork");
}
