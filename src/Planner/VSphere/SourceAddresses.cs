using System.Net;
using System.Net.Sockets;

namespace Migrate.Planner.VSphere;

/// <summary>
/// Where sources may be. Looked at when a connection is made, with the address that the name resolves to then: a name that is checked earlier may lead
/// elsewhere later. Never allowed is what is no source anywhere: link-local addresses (where clouds keep their machines' credentials), multicast and
/// "this network" (RFC 6890).
/// </summary>
public sealed record SourceAddresses(IReadOnlyList<IPNetwork> Networks)
{
    public static readonly SourceAddresses Usual = new([]);

    private static readonly IPNetwork[] Never =
    [
        IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("224.0.0.0/4"), IPNetwork.Parse("240.0.0.0/4"),
        IPNetwork.Parse("::/128"), IPNetwork.Parse("fe80::/10"), IPNetwork.Parse("ff00::/8"),
    ];

    public bool Allows(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return !Never.Any(x => x.Contains(plain)) && (Networks.Count == 0 || Networks.Any(x => x.Contains(plain)));
    }

    /// <exception cref="MigrateException">source.address-refused.</exception>
    /// <exception cref="SocketException">The name does not resolve, or nobody answers.</exception>
    public async Task<Socket> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var found = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false);
        IPAddress[] allowed = [.. found.Where(Allows)];
        if (allowed.Length == 0)
        {
            throw found.Length == 0 ? new SocketException((int)SocketError.HostNotFound) : new MigrateException(
                "source.address-refused",
                $"{host} is at {string.Join(", ", found.Select(x => x.ToString()))}, where no source may be{(Networks.Count == 0 ? "" : $": sources are in {string.Join(", ", Networks)}")}.",
                Networks.Count == 0 ? "Give the address of a vCenter or ESXi host." : "Correct the address, or allow its network with --source-network.");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, port, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
