using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class Nvdimm : IConcernRule
{
    public string Id => "device.nvdimm";

    public string Label => "Persistent memory device";

    public string Finds => "Critical for an NVDIMM, whose content is not copied.";

    public string Assessment => "The content of persistent memory is data, and no reader copies it.";

    public string Remedy => "Move its data to a disk inside the guest, and remove the device.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere API VirtualNVDIMM";

    public bool CanBeOverridden => false;

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (OtherDevice device in context.Vm.OtherDevices.Where(device => device.Type == "VirtualNVDIMM"))
        {
            yield return this.Find(ConcernSeverity.Critical, device.Label,
                $"{device.Label} is persistent memory. Its content is data, and no reader copies it.",
                Remedy);
        }
    }
}
