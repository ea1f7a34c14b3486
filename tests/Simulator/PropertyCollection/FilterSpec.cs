using System.Xml.Linq;
using Migrate.Simulator.Schema;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.PropertyCollection;

/// <summary>A PropertyFilterSpec: which objects, and which of their properties.</summary>
public sealed record FilterSpec(IReadOnlyList<TypeSpec> Types, IReadOnlyList<StartSpec> Starts, bool ReportMissingObjects, XElement Source)
{
    public static FilterSpec Read(XElement element, ApiVersion server)
    {
        var types = element.Children("propSet").Select(e => TypeSpec.Read(e, server)).ToList();
        var starts = element.Children("objectSet").Select(StartSpec.Read).ToList();
        if (types.Count == 0 || starts.Count == 0)
        {
            throw VimFaultException.InvalidArgument("specSet", "A specified parameter was not correct: specSet");
        }

        return new FilterSpec(types, starts, element.ChildFlag("reportMissingObjectsInResults"), element);
    }

    /// <summary>The paths to read from an object of this type; null when no propSet names the type or a base of it.</summary>
    public TypeSpec? For(VimType type)
    {
        var matching = Types.Where(t => type.Is(t.Type.Name)).ToList();
        var nearest = matching.Where(t => !matching.Exists(other => other.Type != t.Type && other.Type.Is(t.Type.Name))).ToList();
        return nearest.Count switch
        {
            0 => null,
            1 => nearest[0],
            _ => new TypeSpec(nearest[0].Type, nearest.Exists(t => t.All), [.. nearest.SelectMany(t => t.Paths).DistinctBy(p => p.Text)]),
        };
    }
}

/// <summary>A PropertySpec.</summary>
public sealed record TypeSpec(VimType Type, bool All, IReadOnlyList<PropertyPath> Paths)
{
    public static TypeSpec Read(XElement element, ApiVersion server)
    {
        var name = element.ChildText("type") ?? "";
        var type = VimSchema.Find(name) is { IsManaged: true } known ? known
            : throw new VimFaultException(DataObject.Of("InvalidType", ("argument", name)), $"The type {name} is not a managed object type.");
        var paths = element.Children("pathSet").Select(e => new PropertyPath(e.Value.Trim())).ToList();
        foreach (var path in paths)
        {
            path.Validate(type, server);
        }

        return new TypeSpec(type, element.ChildFlag("all"), paths);
    }
}

/// <summary>An ObjectSpec: where a selection starts.</summary>
public sealed record StartSpec(MoRef Object, bool Skip, IReadOnlyList<Traversal> Traversals)
{
    public static StartSpec Read(XElement element)
    {
        var named = new Dictionary<string, Traversal>(StringComparer.Ordinal);
        var traversals = element.Children("selectSet").Select(e => Traversal.Read(e, named)).ToList();
        var reference = element.Child("obj")?.AsReference() ?? throw VimFaultException.InvalidArgument("obj", "A specified parameter was not correct: obj");
        return new StartSpec(reference, element.ChildFlag("skip"), [.. traversals.Select(t => t.Resolve(named))]);
    }
}

/// <summary>A TraversalSpec, or a SelectionSpec that names one.</summary>
public sealed class Traversal
{
    private List<Traversal> _next = [];
    private bool _resolved;

    public string? Name { get; private init; }

    /// <summary>Null for a plain SelectionSpec.</summary>
    public PropertyPath? Path { get; private init; }

    public string Type { get; private init; } = "";

    public bool Skip { get; private init; }

    public IReadOnlyList<Traversal> Next => _next;

    public static Traversal Read(XElement element, Dictionary<string, Traversal> named)
    {
        var path = element.ChildText("path");
        var result = new Traversal
        {
            Name = element.ChildText("name"),
            Path = path is null ? null : new PropertyPath(path),
            Type = element.ChildText("type") ?? "",
            Skip = element.ChildFlag("skip"),
        };
        if (result is { Name: { } name, Path: not null })
        {
            named[name] = result;
        }

        result._next = [.. element.Children("selectSet").Select(e => Read(e, named))];
        return result;
    }

    /// <summary>Puts the named traversals in place of their names; the same name may lead back to itself.</summary>
    public Traversal Resolve(Dictionary<string, Traversal> named)
    {
        if (Path is null)
        {
            return named.TryGetValue(Name ?? "", out var target)
                ? target.Resolve(named)
                : throw VimFaultException.InvalidArgument("selectSet", $"The selection set names '{Name}', which no TraversalSpec has.");
        }

        if (!_resolved)
        {
            _resolved = true;
            _next = [.. _next.Select(t => t.Resolve(named))];
        }

        return this;
    }
}
