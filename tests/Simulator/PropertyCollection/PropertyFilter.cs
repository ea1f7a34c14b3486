using System.Text;
using System.Xml;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Schema;
using Migrate.Simulator.Sessions;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.PropertyCollection;

/// <summary>
/// A filter that WaitForUpdates watches. It remembers the text of every value that it has reported, and a change is
/// whatever reads differently: nothing has to announce what it changed.
/// </summary>
public sealed class PropertyFilter(Vcenter vcenter, Session session, string id, FilterSpec spec) : ManagedObject("PropertyFilter", id)
{
    private Dictionary<MoRef, Dictionary<string, string>> _reported = [];

    public override Task<Reply> InvokeAsync(SoapCall call, CancellationToken cancellationToken)
    {
        if (call.Method != "DestroyPropertyFilter")
        {
            return base.InvokeAsync(call, cancellationToken);
        }

        session.Filters.Remove(this);
        vcenter.Remove(Ref);
        return Task.FromResult(Reply.Void);
    }

    /// <summary>ObjectUpdates since the last call, at most <paramref name="limit"/>; the others stay for the next call.</summary>
    public List<DataObject> Collect(int limit)
    {
        var updates = new List<DataObject>();
        var now = Selection.Objects(vcenter, spec);
        foreach (var gone in _reported.Keys.Except(now).Take(limit).ToList())
        {
            _reported.Remove(gone);
            updates.Add(DataObject.Of("ObjectUpdate", ("kind", "leave"), ("obj", gone)));
        }

        foreach (var reference in now)
        {
            if (updates.Count >= limit)
            {
                break;
            }

            if (Update(reference) is { } update)
            {
                updates.Add(update);
            }
        }

        return updates;
    }

    /// <summary>Forgets what was reported: the client starts again with an empty version.</summary>
    public void Restart() => _reported = [];

    protected override object? Property(string name) => null;

    private DataObject? Update(MoRef reference)
    {
        if (Selection.Content(vcenter, spec, reference) is not { } content)
        {
            return null;
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
        return DataObject.Of("ObjectUpdate", ("kind", known ? "modify" : "enter"), ("obj", reference), ("changeSet", changes));
    }

    private static string TextOf(DataObject property)
    {
        var text = new StringBuilder();
        using (var xml = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true, CheckCharacters = false }))
        {
            new VimWriter(xml, ApiVersion.Newest).Element("p", property, "DynamicProperty");
        }

        return text.ToString();
    }
}
