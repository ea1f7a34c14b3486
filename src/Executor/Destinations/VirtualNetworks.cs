using System.Xml.Linq;
using Migrate.Executor.Destinations.Facts;

namespace Migrate.Executor.Destinations;

/// <summary>Reads libvirt's virtual networks.</summary>
internal static class VirtualNetworks
{
    public static unsafe IReadOnlyList<HostNetwork> Of(ConnectHandle connection, string uri)
    {
        var count = LibvirtNative.virConnectListAllNetworks(connection, out var networks, 0);
        if (count < 0)
        {
            throw LibvirtError.Last().HostFailed("list the virtual networks of", uri);
        }

        var found = new List<HostNetwork>();
        try
        {
            for (var i = 0; i < count; i++)
            {
                // A network that goes away meanwhile is none.
                if (LibvirtNative.virNetworkIsActive(networks[i]) is >= 0 and var active && LibvirtNative.TakeString(LibvirtNative.virNetworkGetXMLDesc(networks[i], 0)) is { } text)
                {
                    found.Add(Network(XElement.Parse(text), active > 0));
                }
            }
        }
        finally
        {
            for (var i = 0; i < count; i++)
            {
                _ = LibvirtNative.virNetworkFree(networks[i]);
            }

            LibvirtNative.Free(networks);
        }

        return [.. found.OrderBy(network => network.Name, StringComparer.Ordinal)];
    }

    private static HostNetwork Network(XElement xml, bool active) => new(
        (string?)xml.Element("name") ?? "", active,
        // Without a mode of its own it is NAT, as libvirt reads it.
        xml.Element("forward") is { } forward ? (string?)forward.Attribute("mode") ?? "nat" : null,
        (string?)xml.Element("bridge")?.Attribute("name"));
}
