using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Migrate.Target.Namespaces;

namespace Migrate.Target.Transport;

/// <summary>
/// One connection of an <see cref="EventLoop"/>. Everything runs on the loop's thread but <see cref="Abort"/>,
/// <see cref="Wake"/> and <see cref="CompleteLater"/>. While the host takes no answers, nothing more is received from it.
/// </summary>
internal sealed unsafe partial class EventConnection : IConnection, IEngineConnection
{
    /// <summary>Answers leave at this size even when more commands wait: the host can go on while we work.</summary>
    private const int FlushThreshold = 64 * 1024;

    /// <summary>What is received behind the data that the host was asked for: some headers, but not the next one's data.</summary>
    private const int BehindData = 512;

    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LingerTimeout = TimeSpan.FromSeconds(1);

    private readonly Socket _socket;
    private readonly EventLoop _loop;
    private readonly TimeSpan _handshakeTimeout;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IQueuePairSession _session = null!;
    private KeptBytes _unread;
    private KeptBytes _unsent;
    private long _connectBy;
    private long _progressBy;
    private long _lingerBy;
    private int _moreFollows;
    private bool _isStalled;
    private bool _isSessionClosed;
    private int _isPosted;
    private int _isWakeWanted;
    private volatile bool _isAbortWanted;

    public EventConnection(Socket socket, EventLoop loop, TimeSpan handshakeTimeout, ILogger logger)
    {
        _socket = socket;
        _loop = loop;
        _handshakeTimeout = handshakeTimeout;
        _logger = logger;
        SocketSettings.Apply(socket);
        socket.Blocking = false; // a splice into it has no flag of its own that says so
        LocalEndPoint = (IPEndPoint)socket.LocalEndPoint!;
        RemoteEndPoint = (IPEndPoint)socket.RemoteEndPoint!;
        Handle = (int)socket.Handle;
    }

    public SendBuffer Answers => _loop.Answers;

    public IStorageQueue Storage => _loop;

    public IPEndPoint LocalEndPoint { get; }

    public IPEndPoint RemoteEndPoint { get; }

    public Task Closed => _closed.Task;

    /// <summary>File descriptor of the socket.</summary>
    public int Handle { get; }

    /// <summary>The loop's number for it; 0 until the loop has taken it over.</summary>
    public long Id { get; private set; }

    /// <summary>Jobs that the storage has and will give back.</summary>
    public int Owed { get; set; }

    public bool HasEnded { get; private set; }

    /// <summary>The loop knows that it has ended.</summary>
    public bool IsNoted { get; set; }

    /// <summary>Called once, before the loop gets the connection.</summary>
    public void Use(IQueuePairSession session)
    {
        _session = session;
        _connectBy = Environment.TickCount64 + (long)_handshakeTimeout.TotalMilliseconds;
    }

    public void Begin(long id) => Id = id;

    public void Abort()
    {
        _isAbortWanted = true;
        _loop.Post(this);
    }

    public void Wake()
    {
        Volatile.Write(ref _isWakeWanted, 1);
        _loop.Post(this);
    }

    public void CompleteLater(StorageJob job) => _loop.CompleteLater(job);

    public bool TryPost() => Interlocked.Exchange(ref _isPosted, 1) == 0;

    public void Unpost() => Interlocked.Exchange(ref _isPosted, 0);

    /// <summary>Does what there is to do; true when that was anything.</summary>
    /// <param name="events">What epoll saw, or would like to be tried.</param>
    public bool Serve(int events)
    {
        if (HasEnded)
        {
            return false;
        }

        if (_isAbortWanted)
        {
            End();
            return true;
        }

        var worked = false;
        if (_unsent.Length > 0)
        {
            worked = (events & ~Linux.EPOLLIN) != 0 && SendUnsent();
        }
        else if (_lingerBy != 0)
        {
            worked = Discard();
        }
        else if (_isStalled)
        {
            // Nothing is received that would tell that the host is gone, and epoll says it again and again.
            if ((events & (Linux.EPOLLERR | Linux.EPOLLHUP)) != 0)
            {
                End();
                return true;
            }
        }
        else if ((events & ~Linux.EPOLLOUT) != 0)
        {
            worked = Receive();
        }

        if (!HasEnded && Interlocked.Exchange(ref _isWakeWanted, 0) != 0 && _lingerBy == 0)
        {
            _session.Woken();
            worked = true;
        }

        EndBatch();
        return worked;
    }

    /// <summary>A command came back from the storage: there may be room for more now.</summary>
    public void AfterCompletion()
    {
        if (_isStalled && !HasEnded && _unsent.Length == 0 && _session.CanConsume)
        {
            _isStalled = false;
            Resume();
            EndBatch();
        }
        else if (_session.HasEnded)
        {
            EndBatch(); // that was the last answer of a connection that is drained
        }
    }

    /// <summary>Called twice a second or so.</summary>
    public void Tick(long now, bool isStopping)
    {
        if (HasEnded)
        {
            return;
        }

        if (!_session.IsEstablished && now > _connectBy && _lingerBy == 0)
        {
            // Each connection costs something: who does not say who it is within the time, however slowly it drips bytes, goes.
            LogNeverConnected(RemoteEndPoint, _handshakeTimeout);
            End();
        }
        else if (isStopping || (_unsent.Length > 0 && now > _progressBy) || (_lingerBy != 0 && now > _lingerBy))
        {
            End();
        }
    }

    /// <summary>
    /// The connection is over. Jobs that the storage has come back later; the session is told by <see cref="CloseSession"/>, as
    /// it may be in the middle of something right now.
    /// </summary>
    public void End()
    {
        if (HasEnded)
        {
            return;
        }

        HasEnded = true;
        _socket.Dispose(); // epoll forgets it with that
        _unread.Release();
        _unsent.Release();
    }

    /// <summary>Called by the loop once the connection has ended and nothing of it is running.</summary>
    public void CloseSession()
    {
        if (!_isSessionClosed)
        {
            _isSessionClosed = true;
            _session.Closed();
        }
    }

    /// <summary>It has ended and the storage owes it nothing any more.</summary>
    public void Leave() => _closed.TrySetResult();

    /// <summary>For <see cref="Answers"/>.</summary>
    public void Send(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        if (HasEnded || _lingerBy != 0)
        {
            return; // what the storage gives back behind the last answer is nobody's any more
        }

        if (_unsent.Length == 0)
        {
            var sent = TrySend(first, second);
            if (sent == first.Length + second.Length || HasEnded)
            {
                return;
            }

            second = second[Math.Max(0, sent - first.Length)..];
            first = first[Math.Min(sent, first.Length)..];
            _progressBy = Environment.TickCount64 + (long)SendTimeout.TotalMilliseconds;
            _loop.Watch(this, Linux.EPOLLOUT);
        }

        _unsent.Append(first);
        _unsent.Append(second);
    }

    public bool TryTake(SafeFileHandle file, long offset, int length) => _unsent.Length == 0 && _loop.Pipe.TryTake(file, offset, length);

    public void SendTaken()
    {
        _moreFollows = Linux.More;
        Answers.Flush();
        _moreFollows = 0;
        if (HasEnded || _unsent.Length > 0 || !_loop.Pipe.Send(Handle))
        {
            KeepTaken();
        }
    }

    // What the socket did not take is read after all: the pipe is the next connection's.
    private void KeepTaken()
    {
        if (!HasEnded && _unsent.Length == 0)
        {
            _progressBy = Environment.TickCount64 + (long)SendTimeout.TotalMilliseconds;
            _loop.Watch(this, Linux.EPOLLOUT);
        }

        _loop.Pipe.MoveTo(ref _unsent);
        if (HasEnded)
        {
            _unsent.Release();
        }
    }

    private int TrySend(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        fixed (byte* one = first, two = second)
        {
            nint sent;
            if (second.IsEmpty)
            {
                sent = Linux.Send(Handle, one, first.Length, Linux.DontWait | Linux.NoSignal | _moreFollows);
            }
            else
            {
                var vectors = stackalloc IoVector[2];
                vectors[0] = new IoVector { Base = one, Length = first.Length };
                vectors[1] = new IoVector { Base = two, Length = second.Length };
                var message = new MessageHeader { Vectors = vectors, VectorCount = 2 };
                sent = Linux.SendMessage(Handle, &message, Linux.DontWait | Linux.NoSignal);
            }

            if (sent >= 0)
            {
                return (int)sent;
            }

            if (Marshal.GetLastPInvokeError() is not (Errno.EAGAIN or Errno.EINTR))
            {
                End();
            }

            return 0;
        }
    }

    private bool SendUnsent()
    {
        var sent = TrySend(_unsent.Bytes, default);
        if (HasEnded)
        {
            return true;
        }

        if (sent == 0)
        {
            return false;
        }

        _unsent.Drop(sent);
        _progressBy = Environment.TickCount64 + (long)SendTimeout.TotalMilliseconds;
        if (_unsent.Length == 0)
        {
            Resume();
        }

        return true;
    }

    // What had been received before the connection was held up comes first.
    private void Resume()
    {
        _isStalled = false;
        if (_unread.Length > 0 && !_session.HasEnded)
        {
            var unread = _unread;
            _unread = default;
            _session.BatchBegins();
            Consume(unread.Bytes);
            unread.Release();
        }

        if (!_isStalled && !HasEnded && _unsent.Length == 0)
        {
            _loop.Watch(this, Linux.EPOLLIN);
        }
    }
}
