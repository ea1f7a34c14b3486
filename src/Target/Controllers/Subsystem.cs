using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;

namespace Migrate.Target.Controllers;

/// <summary>An NVM subsystem, or the discovery subsystem: namespaces, who may use them, and one controller per connected host.</summary>
internal sealed partial class Subsystem : IDisposable
{
    /// <summary>A host that gives a discovery controller no keep-alive time has this long between commands (NVM Express Base 2.0, 3.1.2.3).</summary>
    private static readonly TimeSpan DiscoveryActivityTimeout = TimeSpan.FromMinutes(2);

    /// <summary>A keep-alive may be this late before the controller goes: hosts on busy machines are late without being dead.</summary>
    private static readonly TimeSpan KeepAliveGrace = TimeSpan.FromSeconds(5);
    private const ushort LastControllerId = 0xFFEF;

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _keepAliveTimer;
    private readonly ConcurrentDictionary<ushort, Controller> _controllers = new();
    private readonly ConcurrentDictionary<ushort, Controller> _ending = new();
    private readonly ConcurrentDictionary<ushort, AnaAccess> _ana = new();
    private readonly Lock _gate = new();
    private volatile HostPolicy _policy = HostPolicy.Anybody;
    private ushort _lastId;

    public Subsystem(string nqn, string serialNumber, SubsystemLimits limits, NamespaceTable namespaces, TimeProvider time, ILogger logger)
    {
        Nqn = nqn;
        SerialNumber = serialNumber;
        Limits = limits;
        Namespaces = namespaces;
        StartedAt = time.GetTimestamp();
        _time = time;
        _logger = logger;
        _keepAliveTimer = time.CreateTimer(_ => CheckKeepAlive(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    public string Nqn { get; }

    public bool IsDiscovery => Nqn == Protocol.Nqn.Discovery;

    public string SerialNumber { get; }

    public SubsystemLimits Limits { get; }

    public NamespaceTable Namespaces { get; }

    public long StartedAt { get; }

    public TimeSpan Uptime => _time.GetElapsedTime(StartedAt);

    public HostPolicy Policy
    {
        get => _policy;
        set => _policy = value;
    }

    public IEnumerable<Controller> Controllers => _controllers.Values;

    /// <summary>Of all controllers, also of those that have ended and whose connections may still have access to storage.</summary>
    public IEnumerable<ushort> ControllerIds => _controllers.Keys.Concat(_ending.Keys).Distinct();

    public Controller? Find(ushort id) => _controllers.GetValueOrDefault(id);

    /// <summary>Access to the namespaces by this port.</summary>
    public AnaAccess AnaOf(ushort portId) => _ana.GetOrAdd(portId, static _ => new AnaAccess());

    /// <summary>Null when all controller ids are in use.</summary>
    public Controller? Create(ConnectData who, SubsystemPort port, uint keepAliveMs)
    {
        lock (_gate)
        {
            for (var attempt = 0; attempt < LastControllerId; attempt++)
            {
                _lastId = _lastId >= LastControllerId ? (ushort)1 : (ushort)(_lastId + 1);
                if (!_controllers.ContainsKey(_lastId) && !_ending.ContainsKey(_lastId))
                {
                    var controller = new Controller(this, port, _lastId, who, _time) { KeepAliveMs = keepAliveMs };
                    _controllers[_lastId] = controller;
                    LogConnected(controller.Id, who.HostNqn, Nqn);
                    return controller;
                }
            }

            return null;
        }
    }

    /// <summary>Takes back a controller whose Connect is refused after all.</summary>
    public void RemoveUnused(Controller controller)
    {
        if (controller.QueuePairs.Count == 0)
        {
            Remove(controller);
        }
    }

    /// <summary>The controller's admin connection is gone: so is the controller.</summary>
    public void Remove(Controller controller)
    {
        lock (_gate)
        {
            if (Find(controller.Id) != controller)
            {
                return;
            }

            _ending[controller.Id] = controller; // first: it is in one of the two at any time
            _controllers.TryRemove(controller.Id, out _);
        }

        LogDisconnected(controller.Id, controller.HostNqn, Nqn);
        controller.End();
        controller.Gone.ContinueWith(_ => _ending.TryRemove(controller.Id, out var _), TaskScheduler.Default);
    }

    /// <summary>The namespace appeared, went, or has another size: hosts that want to know are told.</summary>
    public void NamespaceChanged(Namespace one)
    {
        foreach (var ana in _ana.Values)
        {
            ana.MembersChanged(one.AnaGroup);
        }

        foreach (var controller in _controllers.Values)
        {
            controller.Events.NamespaceChanged(one.Nsid);
        }
    }

    public void Dispose() => _keepAliveTimer.Dispose();

    private void CheckKeepAlive()
    {
        foreach (var controller in _controllers.Values)
        {
            if (controller.IsKeepAliveOverdue(KeepAliveGrace, IsDiscovery ? DiscoveryActivityTimeout : null))
            {
                LogKeepAliveExpired(controller.Id, controller.HostNqn, controller.KeepAliveMs);
                controller.AbortConnections();
            }
        }
    }
}
