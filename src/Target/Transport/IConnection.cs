using System.Net;
using Migrate.Target.Tls;

namespace Migrate.Target.Transport;

/// <summary>The engine's side of a connection, as far as the protocol may know it.</summary>
internal interface IConnection
{
    /// <summary>Where answers go. Belongs to the session only while the engine is calling it.</summary>
    SendBuffer Answers { get; }

    /// <summary>Where commands go that may have to wait for the storage.</summary>
    IStorageQueue Storage { get; }

    IPEndPoint LocalEndPoint { get; }

    IPEndPoint RemoteEndPoint { get; }

    /// <summary>Host and subsystem that TLS has proven; null without TLS.</summary>
    TlsPeers? ProvenPeers => null;

    /// <summary>Ends the connection from any thread.</summary>
    void Abort();

    /// <summary>Has the session called (<see cref="IQueuePairSession.Woken"/>) soon, from any thread and without waiting.</summary>
    void Wake();
}
