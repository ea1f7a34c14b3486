using System.Net.Sockets;
using Migrate.Target.Authentication;

namespace Migrate.Target.Tls;

/// <summary>The target's side of TLS: finds the key that a host's identity names, and does the handshake.</summary>
internal sealed class TlsServer(IHostKeys keys) : IDisposable
{
    private readonly TlsContext _context = new();

    /// <exception cref="TlsException">The host has no key here, or speaks something else.</exception>
    public TlsStream Accept(Socket socket, TimeSpan limit) => TlsStream.Accept(socket, _context, Find, limit);

    public void Dispose() => _context.Dispose();

    private TlsPsk? Find(string identity)
    {
        if (TlsPsk.ReadIdentity(identity) is not { } read || keys.Find(read.Peers.SubsystemNqn, read.Peers.HostNqn)?.Tls is not { } tls)
        {
            return null;
        }

        var psk = tls.Key.For(read.Peers.HostNqn, read.Peers.SubsystemNqn, read.Version, tls.Derivation);
        return psk.Identity == identity ? psk : null; // another hash, or the digest of another key
    }
}
