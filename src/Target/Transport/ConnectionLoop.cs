using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Migrate.Target.Tls;

namespace Migrate.Target.Transport;

/// <summary>
/// One connection with one thread of its own, on nothing but .NET's sockets: receive what there is, handle every complete PDU,
/// send all answers at once. Storage is read and written right here: nobody else waits for this thread.
/// The gate is held while PDUs are handled; others (<see cref="Wake"/>) use it to put in an answer of their own.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA1001", Justification = "its thread disposes what it owns when it leaves")]
internal sealed partial class ConnectionLoop : IConnection, IEngineConnection
{
    /// <summary>Must hold the largest answer: a read of the maximal transfer size with its framing.</summary>
    private const int SendCapacity = 768 * 1024;
    private const int ReceiveCapacity = 768 * 1024;

    /// <summary>Answers leave at this size even when more commands wait: the host can go on while we work.</summary>
    private const int FlushThreshold = 64 * 1024;

    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LingerTimeout = TimeSpan.FromSeconds(1);

    private readonly Socket _socket;
    private readonly TimeSpan _handshakeTimeout;
    private readonly ILogger _logger;
    private readonly TlsServer? _tlsServer;
    private readonly ReceiveBuffer _received = new(ReceiveCapacity);
    private readonly InlineStorage _storage = new();
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IQueuePairSession _session = null!;
    private long _connectBy;
    private bool _isConnecting = true;
    private int _isWakeWanted;
    private bool _broken;
    private TlsStream? _tls;

    public ConnectionLoop(Socket socket, TimeSpan handshakeTimeout, TlsServer? tlsServer, ILogger logger)
    {
        _tlsServer = tlsServer;
        _socket = socket;
        _handshakeTimeout = handshakeTimeout;
        _logger = logger;
        _socket.Blocking = true;
        SocketSettings.Apply(socket);
        // A host that takes no answers for this long is gone; the thread must not wait for it for ever.
        _socket.SendTimeout = (int)SendTimeout.TotalMilliseconds;
        LocalEndPoint = (IPEndPoint)socket.LocalEndPoint!;
        RemoteEndPoint = (IPEndPoint)socket.RemoteEndPoint!;
        Answers = new SendBuffer(SendCapacity, Send);
    }

    public IPEndPoint LocalEndPoint { get; }

    public IPEndPoint RemoteEndPoint { get; }

    public SendBuffer Answers { get; }

    public IStorageQueue Storage => _storage;

    public TlsPeers? ProvenPeers => _tls?.Psk?.Peers;

    /// <summary>Done when the thread has left and the session knows.</summary>
    public Task Closed => _closed.Task;

    public void Start(IQueuePairSession session)
    {
        _session = session;
        _connectBy = Environment.TickCount64 + (long)_handshakeTimeout.TotalMilliseconds;
        new Thread(Run) { IsBackground = true, Name = $"nvme {RemoteEndPoint}" }.Start();
    }

    /// <summary>Ends the connection from any thread; the loop notices and leaves.</summary>
    public void Abort()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Already closed, which is what was wanted.
        }
    }

    /// <summary>For answers that no received command caused (asynchronous events). Never waits, and asks the thread pool once however often it is called.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _isWakeWanted, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static loop => loop.WakeSession(), this, preferLocal: false);
        }
    }

    // Who cannot have the gate leaves it to its holder, who looks here after letting go.
    private void WakeSession()
    {
        try
        {
            while (Volatile.Read(ref _isWakeWanted) != 0 && _gate.TryEnter())
            {
                try
                {
                    if (Interlocked.Exchange(ref _isWakeWanted, 0) != 0 && !_broken && !_session.HasEnded)
                    {
                        _session.Woken();
                        Answers.Flush();
                        if (_session.HasEnded)
                        {
                            Abort(); // the thread waits for the host, who may have nothing to say
                        }
                    }
                }
                finally
                {
                    _gate.Exit();
                }
            }
        }
        catch (Exception e)
        {
            LogDefect(e, RemoteEndPoint);
            Abort();
        }
    }

    private void Run()
    {
        try
        {
            _tls = _tlsServer?.Accept(_socket, _handshakeTimeout);
            while (Receive() && HandleBatch())
            {
            }

            if (_session.HasEnded)
            {
                Linger();
            }
        }
        catch (TlsException e)
        {
            LogTlsFailed(RemoteEndPoint, e.Message);
        }
        catch (Exception e)
        {
            // A defect ends this connection, not the process with everybody else's; the host reconnects.
            LogDefect(e, RemoteEndPoint);
        }
        finally
        {
            Abort(); // a wake-up that hangs in a send lets go of the gate
            lock (_gate)
            {
                _broken = true; // before the socket goes: a wake-up must not send any more
                _session.Closed();
                _storage.Complete();
                _storage.Dispose();
            }

            _tls?.Dispose();
            _socket.Dispose();
            _closed.TrySetResult();
        }
    }

    private bool Receive()
    {
        if (_isConnecting && !PrepareHandshake())
        {
            return false;
        }

        var room = _received.Free(_session.WantedBytes);
        SocketError error;
        var count = _tls is null ? _socket.Receive(room, SocketFlags.None, out error) : _tls.Receive(room, out error);
        if (error != SocketError.Success || count == 0)
        {
            if (_isConnecting && error == SocketError.TimedOut)
            {
                LogNeverConnected(RemoteEndPoint, _handshakeTimeout);
            }
            else if (error is not (SocketError.Success or SocketError.ConnectionReset or SocketError.Shutdown or SocketError.OperationAborted))
            {
                LogReceiveFailed(error, RemoteEndPoint);
            }

            return false;
        }

        _received.Received(count);
        return true;
    }

    // Each connection costs a thread and buffers: who does not say who it is within the time, however slowly it drips bytes, goes.
    private bool PrepareHandshake()
    {
        _isConnecting = !_session.IsEstablished;
        var left = _isConnecting ? _connectBy - Environment.TickCount64 : 0; // 0: no limit
        if (_isConnecting && left <= 0)
        {
            LogNeverConnected(RemoteEndPoint, _handshakeTimeout);
            return false;
        }

        _socket.ReceiveTimeout = (int)left;
        return true;
    }

    private bool HandleBatch()
    {
        var goesOn = HandleReceived();
        if (Volatile.Read(ref _isWakeWanted) != 0)
        {
            WakeSession();
        }

        return goesOn;
    }

    private bool HandleReceived()
    {
        lock (_gate)
        {
            _session.BatchBegins();
            while (!_session.HasEnded && _session.Consume(_received.Unread) is > 0 and var length)
            {
                _received.Consume(length);
                _storage.Complete();
                if (Answers.IsAbove(FlushThreshold))
                {
                    Answers.Flush();
                }
            }

            Answers.Flush();
            return !_session.HasEnded && !_broken;
        }
    }

    private void Send(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        Send(first);
        Send(second);
    }

    private void Send(ReadOnlySpan<byte> rest)
    {
        while (!_broken && !rest.IsEmpty)
        {
            var error = SocketError.Success;
            var sent = _tls is null ? _socket.Send(rest, SocketFlags.None, out error) : rest.Length;
            error = _tls is null ? error : _tls.Send(rest);
            if (error != SocketError.Success)
            {
                _broken = true; // the receive ends too, by the same cause or by this
                Abort();
                return;
            }

            rest = rest[sent..];
        }
    }

    // Closing with unread bytes would make TCP reset the connection and the host lose the termination request.
    private void Linger()
    {
        try
        {
            _tls?.End();
            _socket.Shutdown(SocketShutdown.Send);
            _socket.ReceiveTimeout = (int)LingerTimeout.TotalMilliseconds;
            var until = Environment.TickCount64 + (long)LingerTimeout.TotalMilliseconds;
            Span<byte> discarded = stackalloc byte[4096];
            while (Environment.TickCount64 < until && _socket.Receive(discarded, SocketFlags.None, out var error) > 0 && error == SocketError.Success)
            {
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The host closed first.
        }
    }
}
