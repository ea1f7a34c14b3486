using System.Net.Sockets;

namespace Migrate.Target.Transport;

/// <summary>What moves the bytes of accepted connections and calls their sessions. Disposed after its connections have ended.</summary>
internal interface IConnectionEngine : IAsyncDisposable
{
    /// <summary>Takes an accepted socket over.</summary>
    IEngineConnection Begin(Socket socket, Func<IConnection, IQueuePairSession> newSession, TimeSpan handshakeTimeout);
}

/// <summary>A connection as who accepted it sees it.</summary>
internal interface IEngineConnection
{
    /// <summary>Done when it is over, its session knows, and the storage has nothing of it any more.</summary>
    Task Closed { get; }

    /// <summary>Ends it from any thread.</summary>
    void Abort();
}
