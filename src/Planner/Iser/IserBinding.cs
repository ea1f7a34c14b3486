using Migrate.Planner.Inventory;

namespace Migrate.Planner.Iser;

/// <summary>VMware's constraints on how an iSER adapter meets the network.</summary>
internal static class IserBinding
{
    private const string AskBindings = "Read the source again with a user that has Host.Config.Storage, or look at 'esxcli iscsi networkportal list'.";

    public static RequirementCheck OneToOne(EsxHost host, RdmaChain chain)
    {
        const string id = "iser.port-binding", requirement = "One VMkernel adapter bound to it, over its own uplink and to no other adapter";
        if (chain.Adapter.PortBindings is not { } bindings)
        {
            return new(id, requirement, RequirementOutcome.Unknown, "the bindings could not be read", AskBindings);
        }

        if (bindings.Count == 0)
        {
            return new(id, requirement, RequirementOutcome.NotMet, $"nothing is bound to {chain.Adapter.Device}", "Bind the VMkernel adapter whose only active uplink is that of the RDMA device.");
        }

        List<string> wrong = [.. bindings.Where(b => b.Compliant == false).Select(b => $"{b.Vmkernel} is not compliant{(b.Complaint.Length > 0 ? $" ({b.Complaint})" : "")}")];
        wrong.AddRange(bindings.Where(b => chain.Uplink is not null && b.Uplink is not null && b.Uplink != chain.Uplink.Device)
            .Select(b => $"{b.Vmkernel} goes over {b.Uplink}, the RDMA device's uplink is {chain.Uplink!.Device}"));
        wrong.AddRange(from other in host.Adapters
                       where other.Key != chain.Adapter.Key
                       from binding in other.PortBindings ?? []
                       where bindings.Any(b => b.Vmkernel == binding.Vmkernel)
                       select $"{binding.Vmkernel} is bound to {other.Device} too");
        if (bindings.Count > 1)
        {
            wrong.Add($"{bindings.Count} VMkernel adapters are bound: {string.Join(", ", bindings.Select(b => b.Vmkernel))}");
        }

        return wrong.Count == 0
            ? new(id, requirement, RequirementOutcome.Met, $"{bindings[0].Vmkernel} over {bindings[0].Uplink ?? "an uplink that is not told"}", "")
            : new(id, requirement, RequirementOutcome.NotMet, string.Join("; ", wrong), "Bind exactly one VMkernel adapter, whose port group has the RDMA device's uplink as its only active one.");
    }

    public static RequirementCheck NoTeaming(EsxHost host, RdmaChain chain)
    {
        const string id = "iser.no-teaming", requirement = "No NIC teaming for the VMkernel adapter: one active uplink, no standby";
        if (chain.Vmkernels.Count == 0)
        {
            return NotBound(id, requirement, chain);
        }

        var teamed = chain.Vmkernels.Where(v => v.TeamingKnown && v.ActiveUplinks.Count + v.StandbyUplinks.Count != 1).ToList();
        if (teamed.Count > 0)
        {
            return new(id, requirement, RequirementOutcome.NotMet,
                string.Join("; ", teamed.Select(v => $"{v.Device} on {v.PortGroup}: active {Names(v.ActiveUplinks)}, standby {Names(v.StandbyUplinks)}")),
                "Override the failover order of the port group: the RDMA device's uplink active, all others unused.");
        }

        // A distributed port group's teaming is not the host's to tell, but where the switch has one uplink there is nothing to team.
        var unsure = chain.Vmkernels.Where(v => !v.TeamingKnown && v.ActiveUplinks.Count != 1).ToList();
        return unsure.Count == 0
            ? new(id, requirement, RequirementOutcome.Met, string.Join("; ", chain.Vmkernels.Select(v => $"{v.Device} over {Names(v.ActiveUplinks)} only")), "")
            : new(id, requirement, RequirementOutcome.Unknown, string.Join("; ", unsure.Select(v => $"{v.Device}: teaming of its distributed port group is not known")),
                "Look at the teaming and failover of the distributed port group.");
    }

    public static RequirementCheck OnePerSwitch(EsxHost host, RdmaChain chain)
    {
        const string id = "iser.one-rdma-per-switch", requirement = "Not more than one RDMA uplink on its switch";
        var vswitch = host.Switches.FirstOrDefault(s => chain.Vmkernels.Any(v => v.SwitchKey == s.Key))
            ?? host.Switches.FirstOrDefault(s => chain.Uplink is not null && s.Uplinks.Contains(chain.Uplink.Device));
        if (vswitch is null)
        {
            return new(id, requirement, RequirementOutcome.Unknown, "its switch is not known", "Look at 'esxcli network vswitch standard list'.");
        }

        List<string> rdma = [.. host.RdmaDevices.Select(d => RdmaChain.UplinkOf(host, d)?.Device).OfType<string>().Where(vswitch.Uplinks.Contains)];
        return rdma.Count <= 1
            ? new(id, requirement, RequirementOutcome.Met, $"{vswitch.Name}: {Names(rdma)}", "")
            : new(id, requirement, RequirementOutcome.NotMet, $"{vswitch.Name} has {rdma.Count}: {Names(rdma)}", "Give every RDMA uplink a switch of its own.");
    }

    public static RequirementCheck ApartFromSoftware(EsxHost host, RdmaChain chain)
    {
        const string id = "iser.apart-from-software-iscsi", requirement = "Neither NIC nor target shared with software iSCSI";
        var software = host.Adapters.Where(a => a.Kind == AdapterKind.SoftwareIscsi).ToList();
        List<string> shared = [.. from other in software
                                  from binding in other.PortBindings ?? []
                                  where binding.Uplink is not null && binding.Uplink == chain.Uplink?.Device
                                  select $"{other.Device} is bound to {binding.Vmkernel} over {binding.Uplink} too"];
        shared.AddRange(from other in software
                        from target in other.Targets
                        where chain.Adapter.Targets.Any(t => t.Address == target.Address && t.Port == target.Port && (t.Iqn is null || target.Iqn is null || t.Iqn == target.Iqn))
                        select $"{other.Device} logs in to {target.Iqn ?? "targets of"} {target.Address}:{target.Port} too");
        return shared.Count > 0
            ? new(id, requirement, RequirementOutcome.NotMet, string.Join("; ", shared.Distinct()), "Give software iSCSI other NICs and other targets, or remove it.")
            : software.Count == 0
                ? new(id, requirement, RequirementOutcome.Met, "the host has no software iSCSI", "")
                : software.Exists(a => a.PortBindings is null)
                    ? new(id, requirement, RequirementOutcome.Unknown, "targets differ; the bindings of software iSCSI could not be read", AskBindings)
                    : new(id, requirement, RequirementOutcome.Met, $"{Names([.. software.Select(a => a.Device)])}: other NICs and targets", "");
    }

    public static RequirementCheck Mtu(EsxHost host, RdmaChain chain)
    {
        const string id = "iser.mtu", requirement = "One MTU from VMkernel adapter over switch to RDMA device";
        if (chain.Vmkernels.Count == 0)
        {
            return NotBound(id, requirement, chain);
        }

        List<string> wrong = [], seen = [];
        foreach (var vmk in chain.Vmkernels)
        {
            var vswitch = host.Switches.FirstOrDefault(s => s.Key == vmk.SwitchKey);
            if (vmk.Mtu == 0 || vswitch is null or { Mtu: 0 })
            {
                return new(id, requirement, RequirementOutcome.Unknown, $"the MTU of {vmk.Device} or of its switch is not known", "Look at 'esxcli network ip interface list' and 'esxcli network vswitch standard list'.");
            }

            seen.Add($"{vmk.Device} {vmk.Mtu}, {vswitch.Name} {vswitch.Mtu}{(chain.Device is { Mtu: > 0 } rdma ? $", {rdma.Device} {rdma.Mtu}" : "")}");
            if (vmk.Mtu != vswitch.Mtu)
            {
                wrong.Add($"{vmk.Device} has {vmk.Mtu}, {vswitch.Name} has {vswitch.Mtu}");
            }

            // RDMA's MTU is a power of two that has to fit the frame with its headers: 1024 into 1500, 4096 into 9000.
            if (chain.Device is { Mtu: > 0 } device && device.Mtu >= vmk.Mtu)
            {
                wrong.Add($"{device.Device} has {device.Mtu}, which does not fit {vmk.Device}'s {vmk.Mtu}");
            }
        }

        return wrong.Count == 0
            ? new(id, requirement, RequirementOutcome.Met, string.Join("; ", seen) + "; physical switches and the array are not visible from here", "")
            : new(id, requirement, RequirementOutcome.NotMet, string.Join("; ", wrong), "Set the same MTU on VMkernel adapter, switch, physical switch and array, then try 'vmkping -I vmkN -d -s 8972 <array>'.");
    }

    private static RequirementCheck NotBound(string id, string requirement, RdmaChain chain) => chain.Adapter.PortBindings is null
        ? new(id, requirement, RequirementOutcome.Unknown, "the bindings could not be read", AskBindings)
        : new(id, requirement, RequirementOutcome.Unknown, $"no known VMkernel adapter is bound to {chain.Adapter.Device}", "Bind one first.");

    private static string Names(IReadOnlyList<string> names) => names.Count == 0 ? "none" : string.Join(", ", names);
}
