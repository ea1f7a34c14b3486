using System.Collections.Concurrent;

namespace Migrate.Target.Transport;

// The connections of a loop: how they come, are looked after twice a second, and go.
internal sealed partial class EventLoop
{
    private readonly ConcurrentQueue<EventConnection> _posted = new();
    private readonly Dictionary<long, EventConnection> _connections = [];
    private readonly List<EventConnection> _ended = [];
    private EventConnection[] _polled = [];
    private long _lastId;
    private int _load;

    /// <summary>Connections that this loop has or is about to get.</summary>
    public int Load => Volatile.Read(ref _load);

    /// <summary>Takes a connection over, from any thread.</summary>
    public void Add(EventConnection connection)
    {
        Interlocked.Increment(ref _load);
        Post(connection);
    }

    /// <summary>Has the loop look after the connection soon, from any thread and without waiting.</summary>
    public void Post(EventConnection connection)
    {
        if (connection.TryPost())
        {
            _posted.Enqueue(connection);
            WakeUp();
        }
    }

    // A defect ends this connection, not the process with everybody else's; the host reconnects.
    private void EndByDefect(EventConnection connection, Exception e)
    {
        LogDefect(e, connection.RemoteEndPoint);
        connection.End();
    }

    private void Begin(EventConnection connection)
    {
        connection.Begin(++_lastId);
        _connections.Add(connection.Id, connection);
        _polled = [.. _connections.Values];
        try
        {
            Linux.Watch(_epoll, Linux.EPOLL_CTL_ADD, connection.Handle, Linux.EPOLLIN, connection.Id);
        }
        catch (IOException e)
        {
            EndByDefect(connection, e);
        }

        if (_isStopping)
        {
            connection.End();
        }

        NoteIfEnded(connection);
    }

    /// <summary>Changes what the connection is waited for.</summary>
    public void Watch(EventConnection connection, int events) =>
        Linux.Watch(_epoll, Linux.EPOLL_CTL_MOD, connection.Handle, events, connection.Id);

    private void Tick()
    {
        foreach (var connection in _polled)
        {
            Switch(connection);
            try
            {
                connection.Tick(Environment.TickCount64, _isStopping);
            }
            catch (Exception e)
            {
                EndByDefect(connection, e);
            }

            NoteIfEnded(connection);
        }
    }

    private void NoteIfEnded(EventConnection connection)
    {
        if (!connection.HasEnded)
        {
            return;
        }

        try
        {
            connection.CloseSession();
        }
        catch (Exception e)
        {
            LogDefect(e, connection.RemoteEndPoint);
        }

        if (connection is { Owed: 0, IsNoted: false })
        {
            connection.IsNoted = true;
            _ended.Add(connection);
        }
    }

    // Not while something still looks at the connection, and not before the storage has given back what it holds in its name.
    private void RemoveEnded()
    {
        if (_ended.Count == 0)
        {
            return;
        }

        foreach (var connection in _ended)
        {
            _connections.Remove(connection.Id);
            connection.Leave();
            Interlocked.Decrement(ref _load);
        }

        _ended.Clear();
        _polled = [.. _connections.Values];
    }
}
