using System.Xml;
using System.Xml.Linq;
using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere;
using Migrate.Vim25;

namespace Migrate.Planner.Offline.Dumps;

/// <summary>
/// The objects of a dump as <c>govc object.save</c> writes it: one XML file per managed object. An object's XML is read when its values
/// are asked for and only the last one is kept, so memory does not grow with the dump.
/// </summary>
internal sealed class DumpReader : IObjectReader
{
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
    private readonly OfflineLimits _limits;
    private readonly Problems _problems;
    private (DumpFile File, DumpedObject Object)? _last;

    public DumpReader(IEnumerable<DumpFile> files, DateTime readAt, OfflineLimits limits, Problems problems)
    {
        (_limits, _problems) = (limits, problems);
        _byType = files.GroupBy(f => f.Reference.Type).ToDictionary(g => g.Key, g => g.OrderBy(f => f.Name, StringComparer.Ordinal).DistinctBy(f => f.Reference).ToList());
        var service = _byType.GetValueOrDefault("ServiceInstance")?[0];
        var about = service is null ? null : Properties(service).Get<AboutInfo>("content.about");
        TakenAt = service is null ? readAt : Properties(service).Get<DateTime?>("serverClock")?.ToUniversalTime() ?? readAt;
        About = new SourceAbout(about?.FullName ?? "unknown product", about?.ApiType ?? "", about?.ApiVersion ?? "", about?.InstanceUuid ?? "");
        CheckVersion(about?.ApiVersion);
    }

    public SourceAbout About { get; }

    public DateTime TakenAt { get; }

    public IReadOnlyCollection<string> Gaps => _problems.Lines;

    public IReadOnlyDictionary<string, int> UnknownTypes => _unknownTypes;

    public Task<List<ObjectProperties>> ReadAllAsync(string type, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        IEnumerable<string> types = [type, .. Derived.GetValueOrDefault(type, [])];
        return Task.FromResult(types.SelectMany(t => _byType.GetValueOrDefault(t, [])).Select(Properties).ToList());
    }

    public Task<ObjectProperties?> ReadOneAsync(ManagedObjectReference reference, IReadOnlyList<string> paths, CancellationToken cancellationToken) =>
        Task.FromResult(_byType.GetValueOrDefault(reference.Type)?.Where(f => f.Reference.Equals(reference)).Select(Properties).FirstOrDefault());

    private ObjectProperties Properties(DumpFile file) => new(file.Reference, (path, wanted) => Load(file).Value(path, wanted));

    private DumpedObject Load(DumpFile file)
    {
        if (_last is not { } last || last.File != file)
        {
            _last = last = (file, new DumpedObject(file, Read(file), _problems, _unknownTypes));
        }

        return last.Object;
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
