using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class VirtualTpmKeys : IConcernRule
{
    public string Id => "device.vtpm-keys";

    public string Label => "Keys in a virtual TPM are lost";

    public string Finds => "Critical when the VM has a virtual TPM: what its guest sealed in it cannot be read after the move.";

    public string Assessment => "vSphere does not give a vTPM's content out. A guest that seals the key of its disks in it (BitLocker, LUKS with TPM2) asks for a recovery key at its first start, and does not start without one.";

    public string Remedy => "Suspend BitLocker or enrol another key, keep the recovery key at hand, then remove the TPM from the VM; or override when nothing is sealed in it.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere does not export a vTPM's state; Microsoft, BitLocker recovery; systemd-cryptenroll, TPM2";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (OtherDevice device in context.Vm.OtherDevices.Where(device => device.Type == "VirtualTPM"))
        {
            yield return this.Find(ConcernSeverity.Critical, device.Label,
                "The VM has a virtual TPM, whose content vSphere does not give out: a guest that seals keys in it (BitLocker, LUKS) will not unlock its disks after the move.", Remedy);
        }
    }
}
