using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class VirtualTpm : IConcernRule
{
    public string Id => "device.vtpm";

    public string Label => "Virtual TPM";

    public string Finds => "Warning when the VM has a virtual TPM, which is not carried over.";

    public string Assessment => "The VM has a virtual TPM. The domain gets none: neither the device nor what the guest keeps in it is carried over.";

    public string Remedy => "Add an emulated TPM to the domain after the move, where the guest wants one; it begins empty.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere does not export a vTPM's state; Forklift vmware.tpm.detected";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (OtherDevice device in context.Vm.OtherDevices.Where(device => device.Type == "VirtualTPM"))
        {
            yield return this.Find(ConcernSeverity.Warning, device.Label,
                Assessment,
                Remedy);
        }
    }
}
