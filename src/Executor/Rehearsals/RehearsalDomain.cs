using System.Xml.Linq;

namespace Migrate.Executor.Rehearsals;

/// <summary>
/// The domain that a cutover would make, changed so that it can do no harm: its disks are overlays, and none of its cards has a link or a network behind it.
/// Everything else is what is rehearsed.
/// </summary>
internal static class RehearsalDomain
{
    /// <param name="design">The XML of the run's own domain.</param>
    /// <param name="record">Names the domain, its console and where its files are.</param>
    /// <param name="overlays">By the path of the disk that each lies over.</param>
    public static string Of(string design, RehearsalRecord record, IReadOnlyDictionary<string, string> overlays)
    {
        var domain = XElement.Parse(design);
        domain.Element("name")!.Value = record.Domain;
        var devices = domain.Element("devices")!;
        foreach (var disk in devices.Elements("disk"))
        {
            var overlay = overlays[disk.Element("source")!.Attribute("file")!.Value];
            disk.Element("source")!.ReplaceWith(new XElement("source", new XAttribute("file", overlay)));
            disk.Element("driver")!.SetAttributeValue("type", "qcow2");
        }

        foreach (var card in devices.Elements("interface"))
        {
            card.SetAttributeValue("type", "user"); // Of no bridge, whatever becomes of the link.
            card.Elements().Where(x => x.Name.LocalName is "source" or "driver" or "link" or "virtualport" or "vlan").Remove();
            card.Element("model")!.AddAfterSelf(new XElement("link", new XAttribute("state", "down")));
        }

        foreach (var log in devices.Elements("serial").Elements("log"))
        {
            log.SetAttributeValue("file", record.Console);
        }

        // What they keep outlives a transient domain, and is that of the real one: keyed by its UUID or its name.
        devices.Elements("tpm").Remove();
        if ((string?)domain.Element("os")?.Attribute("firmware") == "efi")
        {
            var os = domain.Element("os")!;
            os.Elements("nvram").Remove();
            var variables = new XElement("nvram", Path.Combine(record.Directory, "nvram.fd"));
            if (os.Elements("firmware").LastOrDefault() is { } firmware)
            {
                firmware.AddAfterSelf(variables);
            }
            else
            {
                os.Add(variables);
            }
        }

        return domain.ToString();
    }
}
