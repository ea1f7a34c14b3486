using Migrate.Simulator.Inventory;

namespace Migrate.Simulator.Performance;

public sealed class PerformanceManager(Vcenter vcenter) : ManagedObject("PerformanceManager", "PerfMgr")
{
    private Vcenter Vcenter { get; } = vcenter;

    protected override object? Property(string name) => null;
}
