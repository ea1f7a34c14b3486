using System.Xml.Linq;
using Migrate.Executor.Validation.Identity;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Domains;

/// <summary>NICs, on the networks that the plan maps VMware's to.</summary>
internal static class DomainNetwork
{
    private const int MostQueues = 8;

    public static IReadOnlyList<XElement> Interfaces(DomainDraft draft) =>
        [.. draft.Vm.Nics.OrderBy(n => n.Key).Select(nic => Interface(draft, nic)).OfType<XElement>()];

    private static XElement? Interface(DomainDraft draft, Nic nic)
    {
        if (!draft.Request.Policy.Networks.TryGetValue(nic.NetworkName, out var mapping))
        {
            draft.Problems.Add($"{nic.Label}: the network \"{nic.NetworkName}\" is not mapped");
            return null;
        }
        if (mapping.Kind == "none")
        {
            draft.Note($"interface {nic.Label}", "absent", $"the plan maps \"{nic.NetworkName}\" to none", Basis.Policy("networks"));
            return null;
        }
        return mapping.Kind is "bridge" or "network" or "user" ? Mapped(draft, nic, mapping) : Unknown(draft, nic, mapping);
    }

    private static XElement Mapped(DomainDraft draft, Nic nic, NetworkMapping mapping)
    {
        var name = $"interface {nic.Label}";
        var element = new XElement(
            "interface",
            draft.Because(name, "type", mapping.Kind, $"the plan maps \"{nic.NetworkName}\" to {$"{mapping.Kind} {mapping.Name}".Trim()}", Basis.Policy("networks")));
        if (nic.MacAddress.Length > 0)
        {
            element.Add(draft.Because(name + "/mac", new XElement("mac", new XAttribute("address", nic.MacAddress)), "kept: leases, licences and interface names hang on it", Basis.Inventory("macAddress")));
        }
        if (mapping.Kind != "user")
        {
            element.Add(draft.Because(name + "/source", new XElement("source", new XAttribute(mapping.Kind, mapping.Name)), "as the plan maps it", Basis.Policy("networks")));
        }
        element.Add(new XElement("model", draft.Because(name + "/model", "type", "virtio", $"in place of {nic.Type}", Basis.Inventory("type"))));
        var queues = Math.Min(draft.Vm.CpuCount, MostQueues);
        if (mapping.Kind != "user" && queues > 1)
        {
            element.Add(new XElement("driver", draft.Because(name, "queues", queues, "one pair of queues per vCPU", Basis.Inventory("cpuCount"))));
        }
        if (NicNames.Kept(draft.Vm, nic) is { } old)
        {
            draft.Note(
                name + "/name in the guest", "by its place", $"systemd called it {old} by its slot, and calls it otherwise here; a guest that is configured by names keeps this one by {NicNames.LinkCommand(nic.MacAddress, old)}",
                Basis.Inventory("pciSlot"));
        }
        if (!nic.Connected)
        {
            element.Add(draft.Because(name + "/link", new XElement("link", new XAttribute("state", "down")), "the NIC was disconnected", Basis.Inventory("connected")));
        }
        return element;
    }

    private static XElement? Unknown(DomainDraft draft, Nic nic, NetworkMapping mapping)
    {
        draft.Problems.Add($"{nic.Label}: \"{mapping.Kind}\" is no kind of network (bridge, network, user or none)");
        return null;
    }
}
