using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class StaticAddresses : IConcernRule
{
    public string Id => "guest.static-address";

    public string Label => "Address set in the guest";

    public string Finds => "Warning for a guest whose address was set by hand: on KVM its interface may have another name.";

    public string Assessment => "The address is in the guest's own settings, by the name (Linux) or the device (Windows) of an interface that is another one on KVM: the guest may come up without its address although everything was copied.";

    public string Remedy => "Match the interface by its MAC address, which is kept (netplan match, NetworkManager mac-address, a systemd .link file), or note addresses, routes and DNS servers, and have a console at hand.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API NetIpConfigInfo (origin, dhcp); virt-v2v does not rename interfaces of Linux; Windows keeps settings with the old device";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (GuestNic nic in context.Vm.Guest.Nics.Where(nic => nic.DeviceKey >= 0))
        {
            List<string> set = [.. nic.Addresses.Where(address => address.Origin == "manual" || (nic.Dhcp == false && address.Origin is null or "other")).Select(address => $"{address.Address}/{address.PrefixLength}")];
            if (set.Count > 0)
            {
                yield return this.Find(ConcernSeverity.Warning, nic.MacAddress, $"The guest's interface {nic.MacAddress} has {string.Join(", ", set)}, set by hand in the guest.", Remedy);
            }
        }
    }
}
