using System.Xml;
using System.Xml.Linq;
using Migrate.Planner.VSphere;

namespace Migrate.Planner.Offline.Ovf;

/// <summary>
/// An OVF descriptor: what its sections say, by names without namespaces, which differ between the versions of the format and the
/// programs that write it. No DTD, nothing fetched.
/// </summary>
internal sealed class OvfEnvelope
{
    private OvfEnvelope(XElement root, Problems problems, string name)
    {
        Files = All(root, "References", "File").Select(f => new OvfReference(Get(f, "id") ?? "", Get(f, "href") ?? "", Get(f, "size"), Get(f, "compression"), Get(f, "chunkSize")))
            .Where(f => f.Id.Length > 0).DistinctBy(f => f.Id).ToDictionary(f => f.Id);
        Disks = All(root, "DiskSection", "Disk").Where(d => Get(d, "diskId") is not null).DistinctBy(d => Get(d, "diskId")).ToDictionary(d => Get(d, "diskId")!);
        Systems = [.. root.Descendants().Where(e => e.Name.LocalName == "VirtualSystem")];
        var configurations = root.Descendants().Where(e => e.Name.LocalName == "Configuration" && e.Parent?.Name.LocalName == "DeploymentOptionSection").ToList();
        Configuration = Get(configurations.FirstOrDefault(c => Get(c, "default") is "true" or "1") ?? configurations.FirstOrDefault(), "id");
        if (root.Descendants().Any(e => e.Name.LocalName is "EncryptionSection" or "EncryptedData"))
        {
            problems.Add(name, "parts of it are encrypted; what they say is not known");
        }
    }

    public IReadOnlyDictionary<string, OvfReference> Files { get; }

    public IReadOnlyDictionary<string, XElement> Disks { get; }

    public IReadOnlyList<XElement> Systems { get; }

    /// <summary>The deployment option that is taken when nobody chooses; null when there are none.</summary>
    public string? Configuration { get; }

    /// <summary>Null, with a problem, when it is no OVF.</summary>
    public static OvfEnvelope? Read(Stream stream, string name, OfflineLimits limits, Problems problems)
    {
        try
        {
            var settings = VimXml.Settings.Clone();
            settings.MaxCharactersInDocument = limits.FileBytes;
            using var reader = XmlReader.Create(stream, settings);
            reader.MoveToContent();
            if (reader.LocalName != "Envelope")
            {
                problems.Add(name, $"its root element is {reader.LocalName}, where an OVF has Envelope");
                return null;
            }

            return new OvfEnvelope(XElement.Load(reader), problems, name);
        }
        catch (Exception e) when (e is XmlException or IOException)
        {
            problems.Add(name, Problems.OfXml(e));
            return null;
        }
    }

    /// <summary>The attribute of that local name.</summary>
    public static string? Get(XElement? element, string name) => element?.Attributes().FirstOrDefault(a => a.Name.LocalName == name && !a.IsNamespaceDeclaration)?.Value.Trim() is { Length: > 0 } value ? value : null;

    public static XElement? Child(XElement? element, string name) => element?.Elements().FirstOrDefault(e => e.Name.LocalName == name);

    /// <summary>The text of the child of that local name.</summary>
    public static string? Text(XElement? element, string name) => Child(element, name)?.Value.Trim() is { Length: > 0 } value ? value : null;

    private static IEnumerable<XElement> All(XElement root, string section, string item) =>
        root.Elements().Where(e => e.Name.LocalName == section).Elements().Where(e => e.Name.LocalName == item);
}

/// <summary>A file that the descriptor names.</summary>
internal sealed record OvfReference(string Id, string Href, string? Size, string? Compression, string? ChunkSize);
