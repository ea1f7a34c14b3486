using System.Xml;
using System.Xml.Linq;
using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere;
using Migrate.Vim25;

namespace Migrate.Planner.Offline.Dumps;

/// <summary>
/// The objects of a dump as <c>govc object.save</c> writes it: one XML file per managed object. An object's XML is read when its values
/// are asked for, with some that follow it, and only these are kept: memory does not grow with the dump.
/// </summary>
internal sealed class DumpReader : IObjectReader
{
    /// <summary>Objects read together, unless their files are large.</summary>
    private const int BatchObjects = 32;
    private const long BatchBytes = 8 << 20;

    /// <summary>What a view of a type gives besides it, as on a server.</summary>
    private static readonly Dictionary<string, string[]> Derived = new()
    {
        ["Folder"] = ["StoragePod"],
        ["ComputeResource"] = ["ClusterComputeResource"],
        ["Network"] = ["DistributedVirtualPortgroup", "OpaqueNetwork"],
        ["DistributedVirtualSwitch"] = ["VmwareDistributedVirtualSwitch"],
        ["ResourcePool"] = ["VirtualApp"],
    };

    private readonly Dictionary<string, List<DumpFile>> _byType;
    private readonly Dictionary<string, int> _unknownTypes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<(string, Type)>> _asked = new(StringComparer.Ordinal);
    private readonly OfflineLimits _limits;
    private readonly Problems _problems;
    private readonly HashSet<ManagedObjectReference> _here;
    private readonly HashSet<(string From, ManagedObjectReference To)> _absent = [];
    private DumpBatch? _batch;

    public DumpReader(IEnumerable<DumpFile> files, DateTime readAt, OfflineLimits limits, Problems problems)
    {
        (_limits, _problems) = (limits, problems);
        _byType = files.GroupBy(f => f.Reference.Type).ToDictionary(g => g.Key, g => g.OrderBy(f => f.Name, StringComparer.Ordinal).DistinctBy(f => f.Reference).ToList());
        _here = [.. _byType.Values.SelectMany(f => f).Select(f => f.Reference)];
        var service = _byType.GetValueOrDefault("ServiceInstance") is { } services ? Properties(services, 0, CancellationToken.None) : null;
        var about = service?.Get<AboutInfo>("content.about");
        TakenAt = service?.Get<DateTime?>("serverClock")?.ToUniversalTime() ?? readAt;
        About = new SourceAbout(about?.FullName ?? "unknown product", about?.ApiType ?? "", about?.ApiVersion ?? "", about?.InstanceUuid ?? "");
        CheckVersion(about?.ApiVersion);
    }

    public SourceAbout About { get; }

    public DateTime TakenAt { get; }

    public IReadOnlyCollection<string> Gaps => _problems.Lines;

    public IReadOnlyDictionary<string, int> UnknownTypes => _unknownTypes;

    /// <summary>Places in the tree that objects named when they were asked for theirs, and that the dump does not have.</summary>
    public IReadOnlyCollection<(string From, ManagedObjectReference To)> Absent => _absent;

    public Task<List<ObjectProperties>> ReadAllAsync(string type, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        IEnumerable<string> types = [type, .. Derived.GetValueOrDefault(type, [])];
        return Task.FromResult(types.Select(t => _byType.GetValueOrDefault(t, [])).SelectMany(files => files.Select((_, index) => Properties(files, index, cancellationToken))).ToList());
    }

    public Task<ObjectProperties?> ReadOneAsync(ManagedObjectReference reference, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var files = _byType.GetValueOrDefault(reference.Type, []);
        var index = files.FindIndex(f => f.Reference.Equals(reference));
        return Task.FromResult(index < 0 ? null : Properties(files, index, cancellationToken));
    }

    private ObjectProperties Properties(List<DumpFile> files, int index, CancellationToken cancellationToken) => new(files[index].Reference, (path, wanted) =>
    {
        var one = Load(files, index, cancellationToken);
        var value = one.Value(path, wanted);
        if (path is "parent" or "resourcePool" && value is ManagedObjectReference { Type: not null, Value: not null } to && !_here.Contains(to))
        {
            _absent.Add((one.Value("name", typeof(string)) as string ?? files[index].Reference.Value, to));
        }

        return value;
    }, path => Load(files, index, cancellationToken).Unread(path));

    private DumpedObject Load(List<DumpFile> files, int index, CancellationToken cancellationToken)
    {
        if (_batch?.Find(files[index]) is { } one)
        {
            return one;
        }

        cancellationToken.ThrowIfCancellationRequested();

        // What will be asked is known once an object of the type was: the first is read alone.
        var type = files[index].Reference.Type;
        var count = _asked.TryGetValue(type, out var asked) ? BatchObjects : 1;
        _asked[type] = asked ??= [];
        _batch = new DumpBatch(asked, _problems, _unknownTypes);
        var bytes = 0L;
        for (var next = index; next < files.Count && next < index + count && bytes < BatchBytes; next++)
        {
            _batch.Add(files[next], Read(files[next]));
            bytes += new FileInfo(files[next].Path) is { Exists: true, Length: var length } ? length : 0;
        }

        return _batch.Find(files[index])!;
    }

    private Dictionary<string, XElement> Read(DumpFile file)
    {
        using var stream = SourceFolder.Open(file.Path, file.Name, _limits, _problems);
        try
        {
            return stream is null ? [] : DumpXml.ReadProperties(stream, _limits);
        }
        catch (XmlException e)
        {
            // It was whole when the dump was listed.
            _problems.Add(file.Name, $"it changed while it was read: {e.Message}");
            return [];
        }
    }

    private void CheckVersion(string? version)
    {
        if (string.IsNullOrEmpty(version))
        {
            _problems.Add("ServiceInstance", "the dump does not say which product and version it is of");
        }
        else if (!Version.TryParse(version, out var parsed) || parsed > Version.Parse(Vim.Version))
        {
            _problems.Add("ServiceInstance", $"API version {version} is newer than {Vim.Version}, which is known here: what it added is not read");
        }
    }
}
