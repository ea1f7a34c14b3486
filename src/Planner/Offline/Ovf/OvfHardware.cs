using System.Globalization;
using System.Xml.Linq;
using static Migrate.Planner.Offline.Ovf.OvfEnvelope;

namespace Migrate.Planner.Offline.Ovf;

/// <summary>The virtual hardware of one system: its items, without those of deployment options that nobody chose, and VMware's settings.</summary>
internal sealed class OvfHardware
{
    public OvfHardware(XElement system, string? configuration)
    {
        var sections = system.Elements().Where(e => e.Name.LocalName == "VirtualHardwareSection").ToList();
        Section = sections.FirstOrDefault();
        Items = [.. sections.Elements().Where(e => e.Name.LocalName is "Item" or "StorageItem" or "EthernetPortItem").Where(e => IsChosen(e, configuration)).Select(e => new OvfItem(e))];
        Settings = Pairs(sections, "Config");
        ExtraSettings = Pairs(sections, "ExtraConfig");
    }

    public XElement? Section { get; }

    public IReadOnlyList<OvfItem> Items { get; }

    /// <summary>vmw:Config of the VM, e.g. firmware.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>vmw:ExtraConfig: lines of the .vmx.</summary>
    public IReadOnlyDictionary<string, string> ExtraSettings { get; }

    public bool Flag(string name) => Settings.GetValueOrDefault(name)?.ToLowerInvariant() is "true" or "1";

    private static Dictionary<string, string> Pairs(IEnumerable<XElement> sections, string element) =>
        sections.Elements().Where(e => e.Name.LocalName == element && Get(e, "key") is not null)
            .DistinctBy(e => Get(e, "key")).ToDictionary(e => Get(e, "key")!, e => Get(e, "value") ?? "", StringComparer.Ordinal);

    /// <summary>Items without a configuration are of all of them; items with a bound say how far a value may go, not what it is.</summary>
    private static bool IsChosen(XElement item, string? configuration) =>
        Get(item, "bound") is null or "normal"
        && (Get(item, "configuration") is not { } names || names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Contains(configuration, StringComparer.Ordinal));
}

/// <summary>An item of virtual hardware (CIM's resource allocation).</summary>
internal sealed record OvfItem(XElement Xml)
{
    public const int Cpu = 3, Memory = 4, Ide = 5, Scsi = 6, Ethernet = 10, Floppy = 14, Cd = 15, Dvd = 16, Disk = 17, OtherStorage = 20, Serial = 21, Parallel = 22, Usb = 23, Graphics = 24, Sound = 35;

    public int Type => Number("ResourceType") is { } type and >= 0 and <= int.MaxValue ? (int)type : 0;

    public string Id => this["InstanceID"] ?? this["InstanceId"] ?? "";

    public string SubType => this["ResourceSubType"] ?? "";

    public string Label => this["ElementName"] ?? this["Caption"] ?? $"item {Id}";

    public string? this[string name] => Text(Xml, name);

    public long? Number(string name) => long.TryParse(this[name], NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null;

    public int Int(string name, int otherwise) => Number(name) is { } number and >= 0 and <= 65535 ? (int)number : otherwise;
}
