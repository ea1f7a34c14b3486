using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;

namespace Migrate.Target.Controllers;

/// <summary>The NVM subsystem (and its discovery service): namespaces, and one controller per connected host.</summary>
internal sealed partial class Subsystem : IDisposable
{
    /// <summary>A keep-alive may be this late before the controller goes: hosts on busy machines are late without being dead.</summary>
    private static readonly TimeSpan KeepAliveGrace = TimeSpan.FromSeconds(5);
    private const ushort LastControllerId = 0xFFEF;

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _keepAliveTimer;
    private readonly ConcurrentDictionary<ushort, Controller> _controllers = new();
    private readonly Lock _gate = new();
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
        Namespaces.Changed += OnNamespaceChanged;
        _keepAliveTimer = time.CreateTimer(_ => CheckKeepAlive(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    public string Nqn { get; }

    public string SerialNumber { get; }

    public SubsystemLimits Limits { get; }

    public NamespaceTable Namespaces { get; }

    public long StartedAt { get; }

    public TimeSpan Uptime => _time.GetElapsedTime(StartedAt);

    public Controller? Find(ushort id) => _controllers.GetValueOrDefault(id);

    /// <summary>Null when all controller ids are in use.</summary>
    public Controller? Create(ConnectData who, uint keepAliveMs)
    {
        lock (_gate)
        {
            for (var attempt = 0; attempt < LastControllerId; attempt++)
            {
                _lastId = _lastId >= LastControllerId ? (ushort)1 : (ushort)(_lastId + 1);
                if (!_controllers.ContainsKey(_lastId))
                {
                    var controller = new Controller(this, _lastId, who, _time) { KeepAliveMs = keepAliveMs };
                    _controllers[_lastId] = controller;
                    LogConnected(controller.Id, who.HostNqn, controller.IsDiscovery);
                    return controller;
                }
            }

            return null;
        }
    }

    /// <summary>The controller's admin connection is gone: so is the controller.</summary>
    public void Remove(Controller controller)
    {
        if (_controllers.TryRemove(controller.Id, out _))
        {
            LogDisconnected(controller.Id, controller.HostNqn);
            controller.AbortConnections();
        }
    }

    public void Dispose()
    {
        Namespaces.Changed -= OnNamespaceChanged;
        _keepAliveTimer.Dispose();
    }

    private void OnNamespaceChanged(uint nsid)
    {
        foreach (var controller in _controllers.Values.Where(c => !c.IsDiscovery))
        {
            controller.Events.NamespaceChanged(nsid);
        }
    }

    private void CheckKeepAlive()
    {
        foreach (var controller in _controllers.Values)
        {
            if (controller.IsKeepAliveOverdue(KeepAliveGrace))
            {
                LogKeepAliveExpired(controller.Id, controller.HostNqn, controller.KeepAliveMs);
                controller.AbortConnections();
            }
        }
    }
}
