using System.Collections.Immutable;
using Migrate.Target.Authentication;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;
using Migrate.Target.Statistics;

namespace Migrate.Target.Controllers;

/// <summary>Everything that a connecting host can find: the subsystems, the discovery subsystem and the ports. Read without a lock.</summary>
internal sealed class SubsystemTable(SubsystemLimits limits, Subsystem discovery)
{
    private ImmutableArray<Subsystem> _all = [];
    private ImmutableArray<SubsystemPort> _ports = [];
    private volatile ImmutableHashSet<string> _drained = [];
    private volatile bool _isStopping;
    private long _generation = 1;

    public SubsystemLimits Limits { get; } = limits;

    /// <summary>The subsystem behind the well-known discovery NQN. It has controllers, but no namespaces.</summary>
    public Subsystem Discovery { get; } = discovery;

    public required AuthenticationRules Authentication { get; init; }

    public StatisticsBook Statistics { get; } = new();

    public ImmutableArray<Subsystem> All => _all;

    public ImmutableArray<SubsystemPort> Ports => _ports;

    /// <summary>GENCTR of the discovery log: counts the changes of what it says.</summary>
    public long Generation => Interlocked.Read(ref _generation);

    /// <summary>From when the target is about to go: a host that connects now must be told to come again, not to give up.</summary>
    public bool IsStopping
    {
        get => _isStopping;
        set => _isStopping = value;
    }

    public Subsystem? Find(string nqn) => _all.FirstOrDefault(s => s.Nqn == nqn);

    public (Subsystem Subsystem, Namespace Namespace)? Find(Guid uuid)
    {
        foreach (var subsystem in _all)
        {
            if (subsystem.Namespaces.Find(uuid) is { } one)
            {
                return (subsystem, one);
            }
        }

        return null;
    }

    /// <summary>The subsystem that a Connect by this port names, or null when there is none for it.</summary>
    public Subsystem? FindFor(string nqn, SubsystemPort port)
    {
        if (nqn == Nqn.Discovery)
        {
            return Discovery;
        }

        return !port.DiscoveryOnly && Find(nqn) is { } found && found.Policy.IsOfferedOn(port) ? found : null;
    }

    public bool IsDrained(string hostNqn) => _drained.Contains(hostNqn);

    public void SetDrained(string hostNqn, bool drained) => _drained = drained ? _drained.Add(hostNqn) : _drained.Remove(hostNqn);

    public void Add(Subsystem subsystem) => _all = _all.Add(subsystem);

    public void Remove(Subsystem subsystem) => _all = _all.Remove(subsystem);

    public void Add(SubsystemPort port) => _ports = _ports.Add(port);

    /// <summary>Hosts with a lasting discovery controller hear that its log says something else now.</summary>
    public void DiscoveryChanged()
    {
        Interlocked.Increment(ref _generation);
        foreach (var controller in Discovery.Controllers)
        {
            controller.Events.Raise(AsyncEvents.DiscoveryChange);
        }
    }
}
