using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class VirtualTpm : IConcernRule
{
    public string Id => "device.vtpm";

    public string Label => "Virtual TPM";

    public string Finds => "Critical when the VM has a virtual TPM, whose secrets cannot be read.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere does not export a vTPM's state; Forklift vmware.tpm.detected";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (OtherDevice device in context.Vm.OtherDevices.Where(device => device.Type == "VirtualTPM"))
        {
            yield return this.Find(ConcernSeverity.Critical, device.Label,
                "The VM has a virtual TPM. vSphere does not give its content out: a guest that seals keys in it (BitLocker, LUKS) will not unlock its disks after the move.",
                "Suspend BitLocker or enrol another key and keep the recovery key at hand, then remove the TPM from the VM.");
        }
    }
}
