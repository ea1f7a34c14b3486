namespace Migrate.Planner.Concerns.Rules;

internal sealed class FaultToleranceExport : IConcernRule
{
    public string Id => "vm.fault-tolerance-export";

    public string Label => "Fault tolerance forbids an export";

    public string Finds => "Critical while vSphere Fault Tolerance is on for the VM, whose disks cannot be exported then.";

    public string Assessment => "A protected VM runs twice in lockstep. vSphere makes no snapshot of it and exports neither of its two halves, so that a run would fail at its first disk.";

    public string Remedy => "Turn Fault Tolerance off for the VM, and synchronise; turn it on again if the move is rolled back.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere Availability guide, Fault Tolerance interoperability: no snapshots, no export of a protected VM";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.FaultToleranceRole is { Length: > 0 } role)
        {
            yield return this.Find(ConcernSeverity.Critical, context.Vm.Name, $"Fault Tolerance is on, and the VM is its {role}: its disks can be neither snapshotted nor exported.", Remedy);
        }
    }
}
