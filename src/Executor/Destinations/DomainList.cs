namespace Migrate.Executor.Destinations;

/// <summary>All domains that libvirt has, running or not, as XML of their definitions.</summary>
internal static class DomainList
{
    public static unsafe IReadOnlyList<string> Of(ConnectHandle connection, string uri)
    {
        var count = LibvirtNative.virConnectListAllDomains(connection, out var domains, 0);
        if (count < 0)
        {
            throw LibvirtError.Last().ConnectionLost(uri);
        }
        var found = new List<string>(count);
        for (var i = 0; i < count; i++)
        {
            // One that is gone since has no description, and claims nothing.
            if (LibvirtNative.TakeString(LibvirtNative.DescribeDomain(domains[i], LibvirtNative.XmlInactive)) is { } xml)
            {
                found.Add(xml);
            }
            _ = LibvirtNative.virDomainFree(domains[i]);
        }
        LibvirtNative.FreeList((nint)domains);
        return found;
    }
}
