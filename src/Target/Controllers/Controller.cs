using System.Collections.Concurrent;
using Migrate.Target.Protocol;
using Migrate.Target.Transport;

namespace Migrate.Target.Controllers;

/// <summary>
/// One host's view of the subsystem: registers, features, events, and the connections that are its queue pairs. Admin
/// commands change it under their connection's gate; I/O connections and timers only read.
/// </summary>
internal sealed class Controller
{
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<ushort, IConnection> _queuePairs = new();
    private volatile bool _wasActive = true;
    private long _lastActive;

    public Controller(Subsystem subsystem, ushort id, ConnectData who, TimeProvider time)
    {
        Subsystem = subsystem;
        Id = id;
        HostNqn = who.HostNqn;
        HostId = who.HostId;
        IsDiscovery = who.SubsystemNqn == Nqn.Discovery;
        Registers = new ControllerRegisters(subsystem.Limits);
        Features = new ControllerFeatures(subsystem.Limits);
        Events = new AsyncEvents(IsDiscovery);
        _time = time;
    }

    public Subsystem Subsystem { get; }

    public ushort Id { get; }

    public string HostNqn { get; }

    public Guid HostId { get; }

    public bool IsDiscovery { get; }

    public ControllerRegisters Registers { get; }

    public ControllerFeatures Features { get; }

    public AsyncEvents Events { get; }

    public ErrorLog Errors { get; } = new();

    /// <summary>KATO; 0 turns the timeout off.</summary>
    public uint KeepAliveMs { get; set; }

    public bool TryAddQueuePair(ushort queueId, IConnection connection) => _queuePairs.TryAdd(queueId, connection);

    public void RemoveQueuePair(ushort queueId) => _queuePairs.TryRemove(queueId, out _);

    public void AbortConnections()
    {
        foreach (var connection in _queuePairs.Values)
        {
            connection.Abort();
        }
    }

    public void AbortIoConnections()
    {
        foreach (var (queueId, connection) in _queuePairs)
        {
            if (queueId != 0)
            {
                connection.Abort();
            }
        }
    }

    /// <summary>The host sent something. Any command counts, as with traffic based keep-alive.</summary>
    public void MarkActive() => _wasActive = true;

    /// <summary>Called about once a second, by one timer.</summary>
    public bool IsKeepAliveOverdue(TimeSpan grace)
    {
        if (_wasActive)
        {
            _wasActive = false;
            _lastActive = _time.GetTimestamp();
        }

        return KeepAliveMs != 0 && _time.GetElapsedTime(_lastActive) > TimeSpan.FromMilliseconds(KeepAliveMs) + grace;
    }
}
