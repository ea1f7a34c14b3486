using System.Net;
using System.Net.Sockets;
using Migrate.Planner;

namespace Migrate.Executor.Sources.Nbd;

/// <summary>Where an NBD export is: a TCP port or a socket of this machine, the export's name, and whether TLS is demanded.</summary>
/// <param name="EndPoint">A DnsEndPoint, an IPEndPoint or a UnixDomainSocketEndPoint.</param>
/// <param name="Export">Empty for the server's default export.</param>
/// <param name="UseTls">True refuses a server that does not offer TLS; there is no falling back to plain text.</param>
/// <param name="Thumbprint">SHA-256 of the server's certificate in hex; null trusts the system's authorities.</param>
public sealed record NbdEndpoint(EndPoint EndPoint, string Export = "", bool UseTls = false, string? Thumbprint = null)
{
    private const int DefaultPort = 10809;

    /// <summary>"nbd://host:port/export", "nbd+unix:///export?socket=PATH", and nbds likewise with TLS: the NBD project's own addresses.</summary>
    public static NbdEndpoint Parse(string address, string? thumbprint = null)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("nbd" or "nbds" or "nbd+unix" or "nbds+unix"))
        {
            throw Invalid(address);
        }
        var export = Uri.UnescapeDataString(uri.AbsolutePath is ['/', .. var name] ? name : "");
        var tls = uri.Scheme.StartsWith("nbds", StringComparison.Ordinal);
        if (!uri.Scheme.EndsWith("+unix", StringComparison.Ordinal))
        {
            return uri.Host.Length == 0 ? throw Invalid(address) : new NbdEndpoint(new DnsEndPoint(uri.DnsSafeHost, uri.Port > 0 ? uri.Port : DefaultPort), export, tls, thumbprint);
        }
        const string Key = "socket=";
        var socket = uri.Query.TrimStart('?').Split('&').FirstOrDefault(p => p.StartsWith(Key, StringComparison.Ordinal)) ?? throw Invalid(address);
        return new NbdEndpoint(new UnixDomainSocketEndPoint(Uri.UnescapeDataString(socket[Key.Length..])), export, tls, thumbprint);
    }

    public override string ToString() => (EndPoint, Export) switch
    {
        (DnsEndPoint dns, "") => $"{dns.Host}:{dns.Port}",
        (DnsEndPoint dns, _) => $"{Export} on {dns.Host}:{dns.Port}",
        (_, "") => $"{EndPoint}",
        _ => $"{Export} on {EndPoint}",
    };

    private static MigrateException Invalid(string address) => new("source.nbd-address-invalid", $"'{address}' is no address of an NBD export.",
        "Give it as nbd://HOST:PORT/EXPORT or nbd+unix:///EXPORT?socket=PATH (nbds for TLS).");
}
