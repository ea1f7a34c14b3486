using System.Net;

namespace Migrate.Target.Controllers;

/// <summary>An NVM subsystem port: where the target listens. Controllers belong to the port that their host came by.</summary>
/// <param name="id">PORTID of the discovery log.</param>
/// <param name="discoveryOnly">True for a port at which hosts may ask, but do no I/O.</param>
/// <param name="tls">True for a port at which hosts must speak TLS.</param>
/// <param name="advertised">Address that the discovery log names instead of the one listened on; null for that one.</param>
internal sealed class SubsystemPort(ushort id, bool discoveryOnly, bool tls, IPAddress? advertised)
{
    public ushort Id { get; } = id;

    public bool DiscoveryOnly { get; } = discoveryOnly;

    public bool Tls { get; } = tls;

    /// <summary>Address and port once it listens; the address may be the one that stands for all.</summary>
    public IPEndPoint EndPoint { get; set; } = new(IPAddress.None, 0);

    /// <summary>The address to name to a host that asked at <paramref name="reachedAt"/>, which it can reach again.</summary>
    public IPAddress AddressFor(IPAddress reachedAt)
    {
        var isForAll = EndPoint.Address.Equals(IPAddress.Any) || EndPoint.Address.Equals(IPAddress.IPv6Any);
        var address = advertised ?? (isForAll ? reachedAt : EndPoint.Address);
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }
}
