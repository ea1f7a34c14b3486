namespace Migrate.Target.Tls;

/// <summary>The handshake failed, or what came afterwards was no TLS of this connection.</summary>
internal sealed class TlsException(string message, Exception? inner = null) : Exception(message, inner);
