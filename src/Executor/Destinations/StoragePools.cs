using System.Xml.Linq;
using Migrate.Executor.Destinations.Facts;

namespace Migrate.Executor.Destinations;

/// <summary>Reads libvirt's storage pools.</summary>
internal static class StoragePools
{
    private const int Running = 2;

    public static unsafe IReadOnlyList<HostPool> Of(ConnectHandle connection, string uri)
    {
        var count = LibvirtNative.virConnectListAllStoragePools(connection, out var pools, 0);
        if (count < 0)
        {
            throw LibvirtError.Last().HostFailed("list the storage pools of", uri);
        }

        var found = new List<HostPool>();
        try
        {
            for (var i = 0; i < count; i++)
            {
                // A pool that goes away meanwhile is none.
                if (LibvirtNative.virStoragePoolGetInfo(pools[i], out var info) >= 0 && LibvirtNative.TakeString(LibvirtNative.virStoragePoolGetXMLDesc(pools[i], 0)) is { } text)
                {
                    found.Add(Pool(XElement.Parse(text), info));
                }
            }
        }
        finally
        {
            for (var i = 0; i < count; i++)
            {
                _ = LibvirtNative.virStoragePoolFree(pools[i]);
            }

            LibvirtNative.Free(pools);
        }

        return found;
    }

    private static HostPool Pool(XElement xml, LibvirtNative.StoragePoolInfo info) => new(
        (string?)xml.Element("name") ?? "", (string?)xml.Attribute("type") ?? "", (string?)xml.Element("target")?.Element("path"),
        info.State == Running, (long)info.Capacity, (long)info.Available);
}
