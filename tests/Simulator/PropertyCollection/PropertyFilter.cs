using System.Text;
using System.Xml;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.PropertyCollection;

/// <summary>
/// A filter that WaitForUpdates watches. It remembers the text of every value that it has reported, and a change is
/// whatever reads differently: nothing has to announce what it changed.
/// </summary>
public sealed class PropertyFilter(Vcenter vcenter, UpdateFilters filters, string id, FilterSpec spec) : ManagedObject("PropertyFilter", id)
{
    private Dictionary<MoRef, Dictionary<string, string>> _reported = [];

    /// <summary>What a truncated collection has not looked at yet; the next one goes on here, so that many pages cost one walk.</summary>
    private Queue<(MoRef Object, bool Gone)> _left = [];

    public override Task<Reply> InvokeAsync(SoapCall call, CancellationToken cancellationToken)
    {
        if (call.Method != "DestroyPropertyFilter")
        {
            return base.InvokeAsync(call, cancellationToken);
        }

        filters.Remove(this);
        vcenter.Remove(Ref);
        return Task.FromResult(Reply.Void);
    }

    /// <summary>ObjectUpdates since the last call, at most <paramref name="limit"/>; the others stay for the next call.</summary>
    public List<DataObject> Collect(int limit)
    {
        var updates = new List<DataObject>();
        if (_left.Count > 0)
        {
            Walk();
        }

        // What the end of a walk passed long ago may have changed since.
        if (updates.Count == 0)
        {
            var now = Selection.Objects(vcenter, spec);
            _left = new(_reported.Keys.Except(now).Select(o => (o, true)).Concat(now.Select(o => (o, false))));
            Walk();
        }

        return updates;

        void Walk()
        {
            while (updates.Count < limit && _left.TryDequeue(out var next))
            {
                if ((next.Gone ? Leave(next.Object) : Update(next.Object)) is { } update)
                {
                    updates.Add(update);
                }
            }
        }
    }

    /// <summary>A collection was cut short by its limit.</summary>
    public bool HasMore => _left.Count > 0;

    /// <summary>Forgets what was reported: the client starts again with an empty version.</summary>
    public void Restart()
    {
        _reported = [];
        _left = [];
    }

    protected override object? Property(string name) => null;

    private DataObject? Leave(MoRef reference) =>
        _reported.Remove(reference) ? DataObject.Of("ObjectUpdate", ("kind", "leave"), ("obj", reference)) : null;

    private DataObject? Update(MoRef reference)
    {
        if (Selection.Content(vcenter, spec, reference) is not { } content)
        {
            return Leave(reference);
        }

        var known = _reported.TryGetValue(reference, out var old);
        old ??= [];
        var current = new Dictionary<string, string>(StringComparer.Ordinal);
        var changes = new List<DataObject>();
        foreach (var property in (IEnumerable<DataObject>)content["propSet"]!)
        {
            var name = (string)property["name"]!;
            var text = TextOf(property);
            current[name] = text;
            if (!old.TryGetValue(name, out var before) || before != text)
            {
                changes.Add(DataObject.Of("PropertyChange", ("name", name), ("op", "assign"), ("val", property["val"])));
            }
        }

        changes.AddRange(old.Keys.Except(current.Keys).Select(name => DataObject.Of("PropertyChange", ("name", name), ("op", "assign"))));
        if (known && changes.Count == 0)
        {
            return null;
        }

        _reported[reference] = current;
        return DataObject.Of("ObjectUpdate", ("kind", known ? "modify" : "enter"), ("obj", reference), ("changeSet", changes), ("missingSet", content["missingSet"]));
    }

    private string TextOf(DataObject property)
    {
        var text = new StringBuilder();
        using (var xml = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true, CheckCharacters = false }))
        {
            new VimWriter(xml, vcenter.Api).Element("p", property, "DynamicProperty");
        }

        return text.ToString();
    }
}
