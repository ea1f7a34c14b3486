namespace Migrate.Target.Transport;

/// <summary>
/// The protocol's side of one connection: gets bytes, writes answers to its <see cref="SendBuffer"/>. The engine's side (how
/// bytes come and go, which thread calls) is <see cref="EventEngine"/> or <see cref="SocketEngine"/>; the two sides know
/// nothing else of each other. The engine calls from one thread at a time, but for nothing else.
/// </summary>
internal interface IQueuePairSession
{
    /// <summary>
    /// Handles what is at the front: a whole PDU, or a part of the data of one. Returns how many bytes that took, or 0 when
    /// more must be received first; they then come again, with what followed them.
    /// </summary>
    int Consume(ReadOnlySpan<byte> received);

    /// <summary>Length of the PDU at the front as far as known: what the receive buffer must be able to hold.</summary>
    int WantedBytes { get; }

    /// <summary>
    /// Where the next bytes belong when they are data of a PDU whose header is through; empty when they are something else.
    /// An engine may receive right into it and then say so by <see cref="DataReceived"/>, which saves a copy.
    /// </summary>
    Span<byte> DataRoom { get; }

    /// <summary>So many bytes were received into <see cref="DataRoom"/>.</summary>
    void DataReceived(int count);

    /// <summary>True while the host was told to send data: small receives, then, leave the data for <see cref="DataRoom"/>.</summary>
    bool ExpectsData { get; }

    /// <summary>False while commands under way hold all the memory that one connection may have: call <see cref="Consume"/> again after a completion.</summary>
    bool CanConsume { get; }

    /// <summary>True when the answers so far are the last: send them, then close.</summary>
    bool HasEnded { get; }

    /// <summary>Called before a batch of PDUs is handled.</summary>
    void BatchBegins();

    /// <summary>False while the host has not said who it is: such a connection has a time limit.</summary>
    bool IsEstablished { get; }

    /// <summary>Somebody asked for <see cref="IConnection.Wake"/>: write what no received command caused.</summary>
    void Woken();

    /// <summary>What was given to <see cref="IConnection.Storage"/> is done. Comes after <see cref="Closed"/>, too, for what was under way then.</summary>
    void Completed(StorageJob job);

    /// <summary>The connection is gone; called once, by the engine.</summary>
    void Closed();
}
