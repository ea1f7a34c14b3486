using System.Collections.Immutable;
using Migrate.Target.Controllers;
using Migrate.Target.Namespaces;
using Migrate.Target.Records;

namespace Migrate.Target.Admin;

public sealed partial class NvmeTarget
{
    private void OpenSubsystems()
    {
        foreach (var record in _records.Subsystems)
        {
            var subsystem = Open(record);
            foreach (var one in record.Namespaces)
            {
                Open(subsystem, one);
            }
        }

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

    private Subsystem NeedSubsystem(string nqn) => _subsystems.Find(nqn) ?? throw new TargetException("target.no-such-subsystem",
        $"The target has no subsystem {nqn}.", "Create it first; the list of subsystems shows what there is.");
}
