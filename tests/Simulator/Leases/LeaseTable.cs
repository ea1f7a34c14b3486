using System.Collections.Concurrent;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.Leases;

/// <summary>Export leases that are open, and their download ids.</summary>
public sealed class LeaseTable(Vcenter vcenter)
{
    private readonly ConcurrentDictionary<string, HttpNfcLease> _leases = new(StringComparer.Ordinal);

    public HttpNfcLease Open(VirtualMachine vm, SnapshotObject? snapshot = null)
    {
        if (vcenter.Faults.OneExportPerVm && _leases.Values.Any(l => l.Vm == vm && l.IsUnderWay))
        {
            throw new VimFaultException(new DataObject("TaskInProgress"), "The virtual machine is being exported.");
        }

        var lease = vcenter.Add(new HttpNfcLease(vcenter, vcenter.NewId($"session[{Guid.NewGuid()}]lease"), vm, snapshot));
        _leases[lease.DownloadId] = lease;
        _ = lease.RunAsync();
        return lease;
    }

    public HttpNfcLease? Find(string downloadId) => _leases.GetValueOrDefault(downloadId);

    /// <summary>Those of a snapshot that goes.</summary>
    public void Drop(SnapshotObject snapshot, string reason)
    {
        foreach (var lease in _leases.Values.Where(l => l.Snapshot == snapshot))
        {
            lease.Fail(reason);
        }
    }

    public void DropAll(string reason)
    {
        foreach (var lease in _leases.Values)
        {
            lease.Fail(reason);
        }
    }
}
