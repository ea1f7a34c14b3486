using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>Where an object hangs in the tree of folders and datacenters.</summary>
internal sealed class Placement
{
    private readonly Dictionary<string, (string Type, string Name, ManagedObjectReference? Parent)> _nodes = new(StringComparer.Ordinal);

    public Placement(params IEnumerable<ObjectProperties>[] levels)
    {
        foreach (var node in levels.SelectMany(l => l))
        {
            _nodes[node.Key] = (node.Reference.Type, node.Text("name") ?? node.Key, node.Get<ManagedObjectReference>("parent"));
        }
    }

    /// <summary>The datacenter with the folders above it, as /folder wants it in dcPath: names as vSphere writes them.</summary>
    public string Datacenter(ManagedObjectReference? parent)
    {
        var up = Up(parent).ToList();
        var at = up.FindIndex(n => n.Type == "Datacenter");
        return at < 0 ? "" : string.Join('/', up.Skip(at).Reverse().Select(n => n.Name));
    }

    /// <summary>The folders below the datacenter's own "vm" folder, outermost first.</summary>
    public string Folder(ManagedObjectReference? parent)
    {
        var inside = Up(parent).TakeWhile(n => n.Type != "Datacenter").Reverse().Skip(1);
        return string.Join('/', inside.Select(n => VimName.Decode(n.Name)));
    }

    /// <summary>The name of one object of the tree, as people write it; null when it is not in the tree.</summary>
    public string? Name(ManagedObjectReference? reference) =>
        reference is not null && _nodes.TryGetValue(reference.Value, out var node) ? VimName.Decode(node.Name) : null;

    /// <summary>From the parent upwards, without the root folder (which has no parent and no place in any path).</summary>
    private IEnumerable<(string Type, string Name)> Up(ManagedObjectReference? parent)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (parent is not null && seen.Add(parent.Value) && _nodes.TryGetValue(parent.Value, out var node) && node.Parent is not null)
        {
            yield return (node.Type, node.Name);
            parent = node.Parent;
        }
    }
}
