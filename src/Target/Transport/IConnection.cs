using System.Net;

namespace Migrate.Target.Transport;

/// <summary>The engine's side of a connection, as far as the protocol may know it.</summary>
internal interface IConnection
{
    SendBuffer Answers { get; }

    IPEndPoint LocalEndPoint { get; }

    IPEndPoint RemoteEndPoint { get; }

    /// <summary>Ends the connection from any thread.</summary>
    void Abort();

    /// <summary>Has the session called (<see cref="IQueuePairSession.Woken"/>) soon, from any thread and without waiting.</summary>
    void Wake();
}
