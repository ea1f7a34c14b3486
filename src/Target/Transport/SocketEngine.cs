using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Migrate.Target.Tls;

namespace Migrate.Target.Transport;

/// <summary>
/// The portable engine: a thread per connection on .NET's sockets, nothing of one system alone. For where the event loops
/// cannot run, and for TLS.
/// </summary>
internal sealed class SocketEngine(ILogger logger, TlsServer? tls = null) : IConnectionEngine
{
    public IEngineConnection Begin(Socket socket, Func<IConnection, IQueuePairSession> newSession, TimeSpan handshakeTimeout)
    {
        var loop = new ConnectionLoop(socket, handshakeTimeout, tls, logger);
        loop.Start(newSession(loop));
        return loop;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
