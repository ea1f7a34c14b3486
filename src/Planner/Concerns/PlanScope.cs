using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns;

/// <summary>The plan around a VM, counted once for all its VMs.</summary>
public sealed class PlanScope
{
    public PlanScope(TargetHost target, IEnumerable<Vm> vms)
    {
        Target = target;
        foreach (Vm vm in vms)
        {
            _keys.Add(vm.Key);
            MemoryBytes += vm.MemoryBytes;
            Cpus += vm.CpuCount;
            DisksOn[vm.HostKey ?? ""] = DisksOn.GetValueOrDefault(vm.HostKey ?? "") + vm.Disks.Count;
        }
    }

    private readonly HashSet<string> _keys = [];

    public TargetHost Target { get; }

    /// <summary>Of all VMs of the plan together.</summary>
    public long MemoryBytes { get; }

    /// <summary>vCPUs of all VMs of the plan together.</summary>
    public int Cpus { get; }

    /// <summary>How many disks of the plan an ESXi host gives, by the host's key.</summary>
    public Dictionary<string, int> DisksOn { get; } = [];

    public bool Has(string vmKey) => _keys.Contains(vmKey);
}
