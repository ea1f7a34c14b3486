using System.Xml;
using System.Xml.Linq;
using Migrate.Planner.VSphere;

namespace Migrate.Planner.Offline.Dumps;

/// <summary>
/// Objects of one type whose values are read together. XmlSerializer takes milliseconds per document, whatever is in it: with one
/// document per value a dump of 5,000 VMs takes minutes.
/// </summary>
/// <param name="asked">Paths that objects of this type were asked for as types of the contract, so that the next ones will be, too.</param>
internal sealed class DumpBatch(HashSet<(string Path, Type Wanted)> asked, Problems problems, Dictionary<string, int> unknownTypes)
{
    private readonly Dictionary<DumpFile, DumpedObject> _objects = new(ReferenceEqualityComparer.Instance);

    public void Add(DumpFile file, IReadOnlyDictionary<string, XElement> properties) => _objects[file] = new DumpedObject(file, properties, this, problems, unknownTypes);

    public DumpedObject? Find(DumpFile file) => _objects.GetValueOrDefault(file);

    /// <summary>Notes what was asked and not foreseen.</summary>
    public void Learn(string path, Type wanted) => asked.Add((path, wanted));

    /// <summary>
    /// Reads all that is foreseen of all objects. Where that fails it is tried for each of them, and an object for which it fails again
    /// reads value by value, which tells what it is that has the fault.
    /// </summary>
    public void Read()
    {
        if (!TryRead([.. _objects.Values]))
        {
            foreach (var one in _objects.Values)
            {
                TryRead([one]);
            }
        }
    }

    private bool TryRead(IReadOnlyList<DumpedObject> objects)
    {
        var wanted = objects.Select(o => o.Foreseen(asked)).ToList();
        try
        {
            using var values = VimXml.ReadValues(wanted.SelectMany(w => w).Select(w => w.Xml).OfType<XElement>(), unknownTypes).GetEnumerator();
            foreach (var (one, its) in objects.Zip(wanted))
            {
                foreach (var (path, type, xml) in its)
                {
                    one.Know(path, type, xml is not null && values.MoveNext() ? values.Current : null);
                }
            }

            return true;
        }
        catch (Exception e) when (e is FormatException or OverflowException or InvalidOperationException or XmlException or ArgumentException)
        {
            return false;
        }
    }
}
