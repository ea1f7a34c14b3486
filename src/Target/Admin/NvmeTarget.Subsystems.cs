using System.Collections.Immutable;
using Migrate.Target.Controllers;
using Migrate.Target.Namespaces;
using Migrate.Target.Records;

namespace Migrate.Target.Admin;

public sealed partial class NvmeTarget
{
    /// <summary>
    /// Creates the subsystem, or makes the one with this NQN as asked for: hosts that it no longer allows, or not at their
    /// port, have no access any more when this returns.
    /// </summary>
    /// <exception cref="TargetException"><c>target.invalid-subsystem</c>, <c>target.subsystem-differs</c>: it has another serial number.</exception>
    public async Task<SubsystemInfo> PutSubsystemAsync(SubsystemSpec spec, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spec);
        SubsystemSpecCheck.ThrowIfWrong(spec, _subsystems.Ports);
        using var turn = await TakeTurnAsync(cancellationToken);
        if (_records.Find(spec.Nqn) is not { } record)
        {
            var made = SubsystemRecord.New(spec.Nqn);
            record = With(made, spec) with { SerialNumber = spec.SerialNumber ?? made.SerialNumber };
            Save(_records with { Subsystems = [.. _records.Subsystems, record] });
            var created = Open(record);
            _subsystems.DiscoveryChanged();
            LogSubsystemCreated(spec.Nqn);
            return InfoOf(created);
        }

        if (spec.SerialNumber is { } serial && serial != record.SerialNumber)
        {
            throw new TargetException("target.subsystem-differs", $"Subsystem {spec.Nqn} has the serial number {record.SerialNumber}, not {serial}.",
                "Leave the serial number out, or delete the subsystem first: hosts know it by this number.");
        }

        return await ChangeAsync(NeedSubsystem(spec.Nqn), With(record, spec), cancellationToken);
    }

    /// <summary>Ends the subsystem's connections and forgets it; an unknown one is no error.</summary>
    /// <exception cref="TargetException"><c>target.subsystem-not-empty</c>, <c>target.default-subsystem</c>.</exception>
    public async Task DeleteSubsystemAsync(string nqn, CancellationToken cancellationToken)
    {
        using var turn = await TakeTurnAsync(cancellationToken);
        if (_subsystems.Find(nqn) is not { } subsystem)
        {
            return;
        }

        if (nqn == SubsystemNqn)
        {
            throw new TargetException("target.default-subsystem", $"Subsystem {nqn} is the target's default one.", "Change its hosts or delete its namespaces; it stays.");
        }

        if (subsystem.Namespaces.All.Any())
        {
            throw new TargetException("target.subsystem-not-empty", $"Subsystem {nqn} has {subsystem.Namespaces.All.Count()} namespaces.", "Delete its namespaces first.");
        }

        Save(_records with { Subsystems = [.. _records.Subsystems.Where(s => s.Nqn != nqn)] });
        _subsystems.Remove(subsystem);
        subsystem.Policy = HostPolicy.Nobody; // for a Connect that has found it already
        await EndAsync(subsystem, _ => true, cancellationToken);
        subsystem.Dispose();
        _subsystems.DiscoveryChanged();
        LogSubsystemDeleted(nqn);
    }

    /// <summary>All subsystems; the default one comes first.</summary>
    public IReadOnlyList<SubsystemInfo> ListSubsystems() => [.. _subsystems.All.Select(InfoOf)];

    /// <summary>The subsystem with this NQN, or null.</summary>
    public SubsystemInfo? FindSubsystem(string nqn) => _subsystems.Find(nqn) is { } found ? InfoOf(found) : null;

    /// <summary>
    /// Sets how the group's namespaces can be reached by the port, and tells the hosts there. When a state has come into force
    /// that refuses commands, none that was begun before is under way any more.
    /// </summary>
    /// <param name="subsystemNqn">The subsystem.</param>
    /// <param name="port">Id of one of <see cref="ListPorts"/>.</param>
    /// <param name="group">1 to 32.</param>
    /// <param name="state">The new state; it survives restarts.</param>
    /// <param name="cancellationToken">Gives up before the change, or the waiting after it.</param>
    /// <exception cref="TargetException"><c>target.no-such-subsystem</c>, <c>target.invalid-ana</c>.</exception>
    public async Task SetAnaStateAsync(string subsystemNqn, ushort port, uint group, AnaState state, CancellationToken cancellationToken)
    {
        using var turn = await TakeTurnAsync(cancellationToken);
        var subsystem = NeedSubsystem(subsystemNqn);
        if (group is 0 or > AnaAccess.MostGroups || !Enum.IsDefined(state) || _subsystems.Ports.All(p => p.Id != port))
        {
            throw new TargetException("target.invalid-ana", $"Port {port} cannot have the state {state} for group {group}.",
                $"Give one of the ports {string.Join(", ", _subsystems.Ports.Select(p => p.Id))}, a group from 1 to {AnaAccess.MostGroups}, and a known state.");
        }

        var record = _records.Find(subsystemNqn)!;
        var others = record.Ana.Where(a => a.Port != port || a.Group != group);
        Save(_records.With(record with { Ana = [.. others, .. state == AnaState.Optimized ? [] : new[] { new AnaRecord(port, group, state) }] }));
        if (!subsystem.AnaOf(port).Set(group, state))
        {
            return;
        }

        LogAnaSet(group, subsystemNqn, port, state);
        foreach (var controller in subsystem.Controllers.Where(c => c.Port.Id == port))
        {
            controller.Events.Raise(AsyncEvents.AnaChange);
        }

        // Commands look at the state when they are in an access period: those that saw the old one are in the old period.
        var members = subsystem.Namespaces.All.Where(n => n.AnaGroup == group);
        await Task.WhenAll(members.Select(n => n.ChangeRuleAsync(r => r))).WaitAsync(cancellationToken);
    }

    private void OpenSubsystems()
    {
        foreach (var record in _records.Subsystems)
        {
            var subsystem = Open(record);
            foreach (var one in record.Namespaces)
            {
                var restored = _backings.Restore(one);
                restored.Reservations.KeepIn(_reservations);
                subsystem.Namespaces.Set(one.Nsid, restored);
            }
        }

        OpenBackings();

        foreach (var host in _records.Hosts.Where(h => h.Drained))
        {
            _subsystems.SetDrained(host.Nqn, true);
        }
    }

    private Subsystem Open(SubsystemRecord record)
    {
        var subsystem = new Subsystem(record.Nqn, record.SerialNumber, _subsystems.Limits, new NamespaceTable(), _time, _logger)
        {
            Policy = PolicyOf(record),
        };
        foreach (var ana in record.Ana)
        {
            subsystem.AnaOf(ana.Port).Set(ana.Group, ana.State);
        }

        _subsystems.Add(subsystem);
        return subsystem;
    }

    private static HostPolicy PolicyOf(SubsystemRecord record) =>
        new(record.AllowAnyHost, [.. record.AllowedHosts], record.Ports?.ToImmutableHashSet());

    private static SubsystemRecord With(SubsystemRecord record, SubsystemSpec spec) => record with
    {
        AllowAnyHost = spec.AllowAnyHost,
        AllowedHosts = [.. spec.AllowedHosts.Distinct()],
        Ports = spec.Ports is { } ports ? [.. ports.Distinct()] : null,
    };

    private async Task<SubsystemInfo> ChangeAsync(Subsystem subsystem, SubsystemRecord record, CancellationToken cancellationToken)
    {
        Save(_records.With(record));
        subsystem.Policy = PolicyOf(record);
        _subsystems.DiscoveryChanged();
        LogSubsystemChanged(subsystem.Nqn);
        await EndAsync(subsystem, c => !subsystem.Policy.Allows(c.HostNqn) || !subsystem.Policy.IsOfferedOn(c.Port), cancellationToken);
        // A host of this process looks at the policy when it is in an access period.
        await Task.WhenAll(subsystem.Namespaces.All.Select(n => n.ChangeRuleAsync(r => r))).WaitAsync(cancellationToken);
        return InfoOf(subsystem);
    }

    // Done when none of these controllers has access to storage any more.
    private static async Task EndAsync(Subsystem subsystem, Func<Controller, bool> which, CancellationToken cancellationToken)
    {
        var ending = subsystem.Controllers.Where(which).ToList();
        ending.ForEach(subsystem.Remove);
        await Task.WhenAll(ending.Select(c => c.Gone)).WaitAsync(cancellationToken);
    }

    private SubsystemInfo InfoOf(Subsystem subsystem)
    {
        var policy = subsystem.Policy;
        var groups = subsystem.Namespaces.All.Select(n => n.AnaGroup).ToHashSet();
        var states =
            from port in _subsystems.Ports
            where !port.DiscoveryOnly && policy.IsOfferedOn(port)
            let ana = subsystem.AnaOf(port.Id)
            from number in Enumerable.Range(1, (int)AnaAccess.MostGroups)
            let state = ana.StateOf((uint)number)
            where groups.Contains((uint)number) || state != AnaState.Optimized
            select new AnaInfo(port.Id, (uint)number, state);
        return new SubsystemInfo(
            subsystem.Nqn, subsystem.SerialNumber, subsystem.Nqn == SubsystemNqn, policy.AllowAnyHost, [.. policy.AllowedHosts.Order()],
            policy.Ports is { } ports ? [.. ports.Order()] : null, [.. states], subsystem.Namespaces.All.Count(), subsystem.Controllers.Count());
    }

    private Subsystem NeedSubsystem(string nqn) => _subsystems.Find(nqn) ?? throw new TargetException("target.no-such-subsystem",
        $"The target has no subsystem {nqn}.", "Create it first; the list of subsystems shows what there is.");
}
