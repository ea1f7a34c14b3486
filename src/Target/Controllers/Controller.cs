using System.Collections.Concurrent;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;
using Migrate.Target.Reservations;
using Migrate.Target.Transport;

namespace Migrate.Target.Controllers;

/// <summary>
/// One host's view of the subsystem by one port: registers, features, events, and the connections that are its queue pairs. Admin
/// commands change it under their connection's gate; I/O connections and timers only read.
/// </summary>
internal sealed class Controller
{
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<ushort, IConnection> _queuePairs = new();
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _hasEnded;
    private volatile bool _isDraining;
    private volatile bool _wasActive = true;
    private volatile bool _isTrusted;
    private long _lastActive;

    public Controller(Subsystem subsystem, SubsystemPort port, ushort id, ConnectData who, TimeProvider time)
    {
        Subsystem = subsystem;
        Port = port;
        Id = id;
        Host = new HostIdentity(who.HostNqn, who.HostId);
        Registers = new ControllerRegisters(subsystem.Limits);
        Features = new ControllerFeatures(subsystem.Limits);
        _time = time;
    }

    public Subsystem Subsystem { get; }

    public SubsystemPort Port { get; }

    /// <summary>Access to the subsystem's namespaces by the controller's port.</summary>
    public AnaAccess Ana => Subsystem.AnaOf(Port.Id);

    public ushort Id { get; }

    public HostIdentity Host { get; }

    public string HostNqn => Host.Nqn;

    public Guid HostId => Host.Id;

    public bool IsDiscovery => Subsystem.IsDiscovery;

    public ControllerRegisters Registers { get; }

    public ControllerFeatures Features { get; }

    public AsyncEvents Events { get; } = new();

    public ErrorLog Errors { get; } = new();

    public ReservationLog ReservationLog { get; } = new();

    /// <summary>The discovery log as its reader got the first part of it; used by the admin connection only.</summary>
    public byte[]? DiscoveryPage { get; set; }

    /// <summary>The host has authenticated, or need not: what it says of itself counts for others.</summary>
    public bool IsTrusted
    {
        get => _isTrusted;
        set => _isTrusted = value;
    }

    /// <summary>KATO; 0 turns the timeout off.</summary>
    public uint KeepAliveMs { get; set; }

    /// <summary>The connections by queue id: 0 is the admin queue.</summary>
    public IReadOnlyCollection<KeyValuePair<ushort, IConnection>> QueuePairs => _queuePairs;

    /// <summary>Done when the controller has ended and the last of its connections has no access to storage any more.</summary>
    public Task Gone => _gone.Task;

    /// <summary>True from <see cref="DrainIo"/>: running commands end, further ones are not begun.</summary>
    public bool IsDraining => _isDraining;

    public bool TryAddQueuePair(ushort queueId, IConnection connection) => _queuePairs.TryAdd(queueId, connection);

    public void RemoveQueuePair(ushort queueId)
    {
        _queuePairs.TryRemove(queueId, out _);
        CompleteGone();
    }

    /// <summary>The subsystem does not know the controller any more.</summary>
    public void End()
    {
        _hasEnded = true;
        AbortConnections();
        CompleteGone();
    }

    public void AbortConnections()
    {
        foreach (var connection in _queuePairs.Values)
        {
            connection.Abort();
        }
    }

    /// <summary>Lets each I/O connection finish the commands that it has begun, and then end.</summary>
    public void DrainIo()
    {
        _isDraining = true;
        foreach (var (queueId, connection) in _queuePairs)
        {
            if (queueId != 0)
            {
                connection.Wake();
            }
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
    /// <param name="grace">What a keep-alive may be late.</param>
    /// <param name="without">The time that holds when the host gave none; null for no limit.</param>
    public bool IsKeepAliveOverdue(TimeSpan grace, TimeSpan? without)
    {
        // Until the host is trusted the limit is the time to connect: a slow one that computes its proof cannot send keep-alives.
        if (_wasActive || !IsTrusted)
        {
            _wasActive = false;
            _lastActive = _time.GetTimestamp();
        }

        var limit = KeepAliveMs != 0 ? TimeSpan.FromMilliseconds(KeepAliveMs) : without;
        return limit is { } time && _time.GetElapsedTime(_lastActive) > time + grace;
    }

    private void CompleteGone()
    {
        if (_hasEnded && _queuePairs.IsEmpty)
        {
            _gone.TrySetResult();
        }
    }
}
