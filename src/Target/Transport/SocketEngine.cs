using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Migrate.Target.Transport;

/// <summary>
/// The portable engine: a thread per connection on .NET's sockets, nothing of one system alone. For where the event loops
/// cannot run.
/// </summary>
internal sealed class SocketEngine(ILogger logger) : IConnectionEngine
{
    public IEngineConnection Begin(Socket socket, Func<IConnection, IQueuePairSession> newSession, TimeSpan handshakeTimeout)
    {
        var loop = new ConnectionLoop(socket, handshakeTimeout, logger);
        loop.Start(newSession(loop));
        return loop;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
