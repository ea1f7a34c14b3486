namespace Migrate.Planner.Concerns.Rules;

internal sealed class LinuxNicNames : IConcernRule
{
    public string Id => "linux.nic-names";

    public string Label => "Network interfaces get other names";

    public string Finds => "Information for a Linux guest: predictable names come from the PCI slot, which is another on KVM.";

    public string Assessment => "Names such as ens192 come from the NIC's PCI slot, which is another on KVM: the guest may come up without its configured network.";

    public string Remedy => "Bind names or addresses to the MAC address, which is kept (systemd .link, netplan match, NetworkManager mac-address).";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "systemd.net-naming-scheme; virt-v2v does not rename interfaces";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (GuestName.IsLinux(context.Vm) && context.Vm.Nics.Count > 0)
        {
            yield return this.Find(ConcernSeverity.Information, context.Vm.Name,
                "Names such as ens192 come from the NIC's PCI slot, which is another on KVM: the guest may come up without its configured network.",
                Remedy);
        }
    }
}
