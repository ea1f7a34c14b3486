namespace Migrate.Planner.Concerns.Rules;

internal sealed class InstantClone : IConcernRule
{
    public string Id => "vm.instant-clone";

    public string Label => "Instant clone";

    public string Finds => "Warning for a VM that shares memory and disks with its parent or children; Critical while it is frozen as a parent.";

    public string Assessment => "The VM shares memory and disks with its parent or its clones. While it stands frozen as a parent, its guest cannot be shut down.";

    public string Remedy => "Move what the clones are for by making new ones on KVM, or make a full clone and move that.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere API VirtualMachineRuntimeInfo.instantCloneFrozen";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.State.InstantCloneFrozen || context.Vm.State.InstantClone)
        {
            yield return this.Find(context.Vm.State.InstantCloneFrozen ? ConcernSeverity.Critical : ConcernSeverity.Warning, context.Vm.Name,
                context.Vm.State.InstantCloneFrozen ? "The VM stands frozen as the parent of instant clones: its guest cannot be shut down." : "The VM is an instant clone: it shares memory and disks with its parent.",
                Remedy);
        }
    }
}
