using System.Collections;
using Migrate.Simulator.Authorization;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Sessions;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.PropertyCollection;

/// <summary>Which objects a filter selects, and what is reported of each.</summary>
public static class Selection
{
    /// <summary>References only, in the order of the walk, each once.</summary>
    public static List<MoRef> Objects(Vcenter vcenter, FilterSpec spec)
    {
        var found = new List<MoRef>();
        var reported = new HashSet<string>(StringComparer.Ordinal);
        var walked = new HashSet<(string, Traversal)>();
        foreach (var start in spec.Starts)
        {
            if (vcenter.Find(start.Object) is not { } target)
            {
                if (spec.ReportMissingObjects)
                {
                    continue;
                }

                throw VimFaultException.NotFound(start.Object);
            }

            if (!start.Skip)
            {
                Report(target);
            }

            Walk(target, start.Traversals);
        }

        return found;

        void Report(ManagedObject target)
        {
            if (spec.For(target.Type) is not null && reported.Add(target.Ref.Id))
            {
                found.Add(target.Ref);
            }
        }

        void Walk(ManagedObject from, IReadOnlyList<Traversal> traversals)
        {
            foreach (var traversal in traversals)
            {
                if (!from.Type.Is(traversal.Type) || !walked.Add((from.Ref.Id, traversal)))
                {
                    continue;
                }

                foreach (var reference in References(traversal.Path!.Read(from)?.Value))
                {
                    if (vcenter.Find(reference) is not { } target)
                    {
                        continue;
                    }

                    if (!traversal.Skip)
                    {
                        Report(target);
                    }

                    Walk(target, traversal.Next);
                }
            }
        }
    }

    /// <summary>An ObjectContent; null when the object has gone since it was selected.</summary>
    public static DataObject? Content(Vcenter vcenter, FilterSpec spec, MoRef reference)
    {
        if (vcenter.Find(reference) is not { } target || spec.For(target.Type) is not { } type)
        {
            return null;
        }

        var hidden = Hidden(vcenter, target, type);
        return DataObject.Of(
            "ObjectContent",
            ("obj", reference),
            ("propSet", Properties(target, hidden.Count == 0 ? type : type with { Paths = [.. type.Paths.Where(p => !hidden.Contains(p.Text))] }).ToList()),
            ("missingSet", hidden.Count == 0 ? null : hidden.Select(path => DataObject.Of(
                "MissingProperty", ("path", path), ("fault", Rights.NoPermission(reference, "System.Read").Localized()))).ToList()));
    }

    /// <summary>Paths that the caller asked for and may not read.</summary>
    private static List<string> Hidden(Vcenter vcenter, ManagedObject target, TypeSpec type) => vcenter.Estate.Users.Count == 0 ? [] :
        [.. type.Paths.Select(p => p.Text).Where(path => !Rights.MayRead(vcenter, SessionManager.CurrentCaller, target.Type.Name, path))];

    public static IEnumerable<DataObject> Properties(ManagedObject target, TypeSpec spec)
    {
        if (spec.All)
        {
            foreach (var property in target.Type.Properties)
            {
                if (target.Read(property.Name) is { } value)
                {
                    yield return Dynamic(property.Name, new TypedValue(value, property));
                }
            }

            yield break;
        }

        // "config" of a VM costs the same for one path below it as for thirty.
        var made = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var path in spec.Paths)
        {
            if (path.Read(target, First) is { } value)
            {
                yield return Dynamic(path.Text, value);
            }
        }

        object? First(string name) => made.TryGetValue(name, out var value) ? value : made[name] = target.Read(name);
    }

    private static DataObject Dynamic(string name, TypedValue value) => DataObject.Of("DynamicProperty", ("name", name), ("val", value));

    private static IEnumerable<MoRef> References(object? value) => value switch
    {
        MoRef reference => [reference],
        IEnumerable items and not string => items.OfType<MoRef>(),
        _ => [],
    };
}
