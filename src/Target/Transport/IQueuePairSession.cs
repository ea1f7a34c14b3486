namespace Migrate.Target.Transport;

/// <summary>
/// The protocol's side of one connection: gets bytes, writes answers to its <see cref="SendBuffer"/>. The engine's side (how
/// bytes come and go, which thread calls) is behind <see cref="SocketEngine"/>; the two know nothing else of each other,
/// so that another engine can take its place.
/// </summary>
internal interface IQueuePairSession
{
    /// <summary>Handles one PDU at the front; returns its length, or 0 when it is not complete yet.</summary>
    int Consume(ReadOnlySpan<byte> received);

    /// <summary>Length of the PDU at the front as far as known: what the receive buffer must be able to hold.</summary>
    int WantedBytes { get; }

    /// <summary>True when the answers so far are the last: send them, then close.</summary>
    bool HasEnded { get; }

    /// <summary>Called before a batch of PDUs is handled.</summary>
    void BatchBegins();

    /// <summary>False while the host has not said who it is: such a connection has a time limit.</summary>
    bool IsEstablished { get; }

    /// <summary>Somebody asked for <see cref="IConnection.Wake"/>: write what no received command caused.</summary>
    void Woken();

    /// <summary>The connection is gone; called once, by the engine.</summary>
    void Closed();
}
