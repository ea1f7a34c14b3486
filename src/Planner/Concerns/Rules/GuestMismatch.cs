namespace Migrate.Planner.Concerns.Rules;

internal sealed class GuestMismatch : IConcernRule
{
    public string Id => "guest.other-than-configured";

    public string Label => "Guest is another than configured";

    public string Finds => "Information when VMware Tools report another guest than the VM is configured for.";

    public string Assessment => "The domain is designed for the guest that the VM is configured for. If another one is installed, its clock, devices and enlightenments may not suit it.";

    public string Remedy => "Set the VM's guest to what it is, and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "vSphere API GuestInfo.guestId beside VirtualMachineConfigInfo.guestId";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.Guest.GuestId is { Length: > 0 } told && context.Vm.GuestId.Length > 0 && told != context.Vm.GuestId)
        {
            yield return this.Find(ConcernSeverity.Information, context.Vm.Name,
                $"The VM is configured for {context.Vm.GuestId}, and its guest says that it is {told}. The domain is designed for what is configured.",
                Remedy);
        }
    }
}
