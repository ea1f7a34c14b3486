using System.Net;
using Microsoft.Win32.SafeHandles;
using Migrate.Target.Tls;

namespace Migrate.Target.Transport;

/// <summary>The engine's side of a connection, as far as the protocol may know it.</summary>
internal interface IConnection
{
    /// <summary>Where answers go. Belongs to the session only while the engine is calling it.</summary>
    SendBuffer Answers { get; }

    /// <summary>Where commands go that may have to wait for the storage.</summary>
    IStorageQueue Storage { get; }

    /// <summary>
    /// Takes a piece of a file that is in the page cache, so that <see cref="SendTaken"/> can send it without a copy. False
    /// when this engine or this file cannot: the piece has to be read, then.
    /// </summary>
    bool TryTake(SafeFileHandle file, long offset, int length) => false;

    /// <summary>Sends the answers so far and behind them what was taken.</summary>
    void SendTaken() => throw new NotSupportedException();

    IPEndPoint LocalEndPoint { get; }

    IPEndPoint RemoteEndPoint { get; }

    /// <summary>Host and subsystem that TLS has proven; null without TLS.</summary>
    TlsPeers? ProvenPeers => null;

    /// <summary>Ends the connection from any thread.</summary>
    void Abort();

    /// <summary>Has the session called (<see cref="IQueuePairSession.Woken"/>) soon, from any thread and without waiting.</summary>
    void Wake();
}
