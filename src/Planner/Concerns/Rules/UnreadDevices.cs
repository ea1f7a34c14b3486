using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class UnreadDevices : IConcernRule
{
    public string Id => "vm.device-unreadable";

    public string Label => "Device that could not be read";

    public string Finds => "Critical for a device of the VM whose description could not be read, so that nothing of it would be moved, and for a disk whose VMDK files do not hold what they say.";

    public string Assessment => "The source has a device whose description could not be read. The plan knows nothing of it, or a disk's files were cut off: its data or a network card would be left behind.";

    public string Remedy => "Make the source whole (save the dump or copy the VM's files again, add the server itself as a source, give the account the right to see the VM), and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere API VirtualHardware.device";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (UnreadDevice device in context.Vm.UnreadDevices)
        {
            yield return this.Find(ConcernSeverity.Critical, device.Label,
                $"{device.Label} could not be read: {device.Cause.TrimEnd('.')} ({device.Type}). It, or what is missing of it, would be left behind.",
                Remedy);
        }
    }
}
