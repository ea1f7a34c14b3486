using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Migrate.Target.Transport;

/// <summary>
/// One thread that serves many connections without ever waiting for one of them, or for the storage. It polls for a while after
/// there was work, because the next command mostly comes soon and waking up costs more than the command; then it sleeps.
/// The loop's receive and send buffers are everybody's, so that they stay in the CPU's cache: a connection keeps only what it
/// could not get rid of.
/// </summary>
internal sealed unsafe partial class EventLoop : IStorageQueue, IDisposable
{
    /// <summary>Must hold the largest answer: a read of the maximal transfer size with its framing.</summary>
    private const int SendCapacity = 512 * 1024;

    /// <summary>Must hold the largest PDU that is not taken in parts: a capsule with 128 KiB.</summary>
    private const int ReceiveCapacity = 256 * 1024;
    private const long KeepBytes = 16L << 20;

    /// <summary>
    /// Few, so that who comes next is found out often: with many, whoever is served last misses the next round again and again.
    /// </summary>
    private const int MostEvents = 8;
    private const long WakeData = -1;
    private const long RingData = -2;

    /// <summary>Up to so many connections are polled by receiving from each; more by one epoll_wait for all.</summary>
    private const int MostPolledDirectly = 4;
    private const int TickMs = 500;

    private readonly ILogger _logger;
    private readonly StorageWorkers _workers;
    private readonly bool _useRing;
    private readonly int _core;
    private readonly long _pollTicks;
    private readonly int _epoll = Linux.NewEpoll();
    private readonly SafeFileHandle _wake = new(Linux.NewEvent(), ownsHandle: true);
    private readonly byte[] _receive = GC.AllocateUninitializedArray<byte>(ReceiveCapacity, pinned: true);
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StorageRing? _ring;
    private EventConnection? _current;
    private int _isAsleep;
    private int _isWakeWanted;
    private long _nextTick;
    private volatile bool _isStopping;

    /// <param name="number">Which of the engine's loops this is.</param>
    /// <param name="core">CPU core to stay on; negative for any.</param>
    /// <param name="poll">How long to poll after there was work.</param>
    /// <param name="workers">For what waits.</param>
    /// <param name="useRing">True when io_uring may be used for the storage.</param>
    /// <param name="logger">For defects.</param>
    public EventLoop(int number, int core, TimeSpan poll, StorageWorkers workers, bool useRing, ILogger logger)
    {
        Stripe = number;
        _core = core;
        _pollTicks = (long)(poll.TotalSeconds * Stopwatch.Frequency);
        _workers = workers;
        _logger = logger;
        Answers = new SendBuffer(SendCapacity, (first, second) => _current!.Send(first, second));
        _useRing = useRing;
        Linux.Watch(_epoll, Linux.EPOLL_CTL_ADD, (int)_wake.DangerousGetHandle(), Linux.EPOLLIN, WakeData);
        new Thread(Run) { IsBackground = true, Name = $"nvme loop {number}" }.Start();
    }

    public bool MayWait => false;

    public int Stripe { get; }

    public DataPool Buffers { get; } = new(KeepBytes);

    public SendBuffer Answers { get; }

    /// <summary>Empty between two commands.</summary>
    public FilePipe Pipe { get; } = new();

    public Span<byte> ReceiveBuffer => _receive;

    /// <summary>Ends all connections and the thread; done when every command has come back from the storage.</summary>
    public Task StopAsync()
    {
        _isStopping = true;
        WakeUp();
        return _left.Task;
    }

    public void Dispose()
    {
        _ring?.Dispose();
        Pipe.Dispose();
        Buffers.Dispose();
        _wake.Dispose();
        _ = Linux.Close(_epoll);
    }

    // Whoever posts says so before looking whether the loop sleeps; the loop says that it sleeps before looking for posts.
    private void WakeUp()
    {
        Interlocked.Exchange(ref _isWakeWanted, 1);
        if (Volatile.Read(ref _isAsleep) != 0)
        {
            try
            {
                var one = 1L;
                _ = Linux.Write(_wake, &one, sizeof(long));
            }
            catch (ObjectDisposedException)
            {
                // The loop has ended meanwhile. Its descriptor's number may be a file's by now.
            }
        }
    }

    private void Run()
    {
        if (_core >= 0 && !Linux.PinThread(_core))
        {
            LogNotPinned(_core);
        }

        try
        {
            OpenRing();
            var pollUntil = 0L;
            while (!_isStopping || _connections.Count > 0)
            {
                var now = Stopwatch.GetTimestamp();
                var isPolling = now < pollUntil;
                if (TryTurn(isPolling, now))
                {
                    pollUntil = _pollTicks == 0 ? 0 : Stopwatch.GetTimestamp() + _pollTicks;
                }
            }
        }
        finally
        {
            _left.TrySetResult();
        }
    }

    // Whatever happens, the loop goes on: the engine would give new connections to it that nobody serves.
    private bool TryTurn(bool isPolling, long now)
    {
        try
        {
            return Turn(isPolling, now);
        }
        catch (Exception e)
        {
            LogLoopDefect(e);
            foreach (var connection in _polled)
            {
                connection.End();
                NoteIfEnded(connection);
            }

            RemoveEnded();
            Thread.Sleep(TickMs); // what repeats itself must not fill the log
            return false;
        }
    }

    // By the thread that will use it: the kernel then need not ask whether it is another one's turn.
    private void OpenRing()
    {
        var ring = _useRing ? StorageRing.TryCreate() : null;
        if (ring is null)
        {
            return;
        }

        try
        {
            Linux.Watch(_epoll, Linux.EPOLL_CTL_ADD, ring.Event, Linux.EPOLLIN, RingData);
            _ring = ring;
        }
        catch (IOException)
        {
            ring.Dispose(); // the workers can do everything, too
        }
    }

    /// <summary>One look at everything; true when there was something to do.</summary>
    private bool Turn(bool isPolling, long now)
    {
        var worked = false;
        if (isPolling && _polled.Length is > 0 and <= MostPolledDirectly)
        {
            foreach (var connection in _polled)
            {
                worked |= Serve(connection, Linux.EPOLLIN | Linux.EPOLLOUT);
            }
        }
        else
        {
            worked = Wait(isPolling);
        }

        if (Volatile.Read(ref _isWakeWanted) != 0)
        {
            worked |= TakePosts();
        }

        if (_ring is not null)
        {
            _ring.Submit();
            worked |= CompleteTransfers(_ring);
            _ring.Submit();
        }

        Flush();
        if (now >= _nextTick || _isStopping)
        {
            _nextTick = now + (Stopwatch.Frequency * TickMs / 1000);
            Tick();
        }

        RemoveEnded();
        return worked;
    }

    private bool Wait(bool isPolling)
    {
        var events = stackalloc byte[MostEvents * 16];
        var timeout = 0;
        if (!isPolling)
        {
            Interlocked.Exchange(ref _isAsleep, 1);
            _ring?.WantEvent(true);
            var nothingPosted = Volatile.Read(ref _isWakeWanted) == 0 && _ring is not { HasWork: true };
            timeout = nothingPosted && !_isStopping ? (_connections.Count > 0 ? TickMs : -1) : 0;
        }

        var count = Linux.Wait(_epoll, events, MostEvents, timeout);
        if (!isPolling)
        {
            Volatile.Write(ref _isAsleep, 0);
            _ring?.WantEvent(false);
        }

        var worked = false;
        for (var i = 0; i < count; i++)
        {
            var at = events + (i * Linux.EventSize);
            var data = *(long*)(at + Linux.EventDataAt);
            if (data < 0)
            {
                long value;
                _ = Linux.Read(data == WakeData ? (int)_wake.DangerousGetHandle() : _ring!.Event, &value, sizeof(long));
            }
            else if (_connections.TryGetValue(data, out var connection))
            {
                worked |= Serve(connection, *(int*)at);
            }
        }

        return worked;
    }

    private bool Serve(EventConnection connection, int events)
    {
        Switch(connection);
        var worked = false;
        try
        {
            worked = connection.Serve(events);
        }
        catch (Exception e)
        {
            EndByDefect(connection, e);
        }

        NoteIfEnded(connection);
        return worked;
    }

    private bool TakePosts()
    {
        Interlocked.Exchange(ref _isWakeWanted, 0);
        var worked = false;
        for (var job = Reversed(Interlocked.Exchange(ref _done, null)); job is not null;)
        {
            var next = job.Next;
            job.Next = null;
            Complete(job);
            job = next;
            worked = true;
        }

        while (_posted.TryDequeue(out var connection))
        {
            worked = true;
            connection.Unpost();
            if (connection.Id == 0)
            {
                Begin(connection);
            }
            else if (_connections.ContainsKey(connection.Id))
            {
                Serve(connection, 0);
            }
        }

        return worked;
    }

    // Answers of several completions leave together, but never with another connection's.
    private void Switch(EventConnection connection)
    {
        if (_current != connection)
        {
            Flush();
            _current = connection;
        }
    }

    private void Flush()
    {
        if (_current is not { } connection)
        {
            return;
        }

        try
        {
            Answers.Flush();
        }
        catch (Exception e)
        {
            EndByDefect(connection, e);
        }

        NoteIfEnded(connection);
    }
}
