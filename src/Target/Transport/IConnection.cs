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

    /// <summary>Runs <paramref name="write"/> under the connection's gate and sends what it wrote, from any thread.</summary>
    void Post(Action write);
}
