using Migrate.Planner.Inventory;

namespace Migrate.Planner.Iser;

/// <summary>
/// What iSER needs, checked on every iSER adapter of a host: an RDMA network from end to end, and VMware's own constraints on how it is
/// bound. Nothing is asked of the host: these are functions of what was read. What the API does not show stays unknown unless evidence is given.
/// </summary>
public static class IserChecks
{
    public const long MinimumSpeedMbps = 10_000;

    /// <summary>One report per iSER adapter, in the order of the host's adapters. <paramref name="flowControl"/>: what operators gave as evidence.</summary>
    public static IReadOnlyList<IserReport> Of(EsxHost host, HostFlowControl? flowControl = null) =>
        [.. host.Adapters.Where(a => a.Kind == AdapterKind.Iser).Select(adapter =>
        {
            var chain = RdmaChain.Of(host, adapter);
            return new IserReport(host.Key, host.Name, chain,
            [
                RdmaDevice(chain),
                LinkSpeed(chain),
                Fabric(chain),
                IscsiStack(adapter),
                FlowControlCheck.Of(chain, flowControl ?? HostFlowControl.Unknown),
                InfinibandSwitch(chain),
                Target(host, adapter),
                IserBinding.OneToOne(host, chain),
                IserBinding.NoTeaming(host, chain),
                IserBinding.OnePerSwitch(host, chain),
                IserBinding.ApartFromSoftware(host, chain),
                IserBinding.Mtu(host, chain),
            ]);
        })];

    private static RequirementCheck RdmaDevice(RdmaChain chain)
    {
        const string id = "iser.rdma-device", requirement = "An RDMA adapter, paired with an uplink";
        const string remedy = "Install the RDMA driver of the NIC, see that 'esxcli rdma device list' pairs it with an uplink, and add the adapter with 'esxcli rdma iser add'.";
        return chain switch
        {
            { Device: null } => new(id, requirement, RequirementOutcome.NotMet, $"no RDMA device of the host belongs to {chain.Adapter.Device}", remedy),
            { Uplink: null } => new(id, requirement, RequirementOutcome.NotMet, $"{chain.Device.Device} is paired with no uplink", remedy),
            { Device.State: var state } when state.Length > 0 && !state.Equals("active", StringComparison.OrdinalIgnoreCase) =>
                new(id, requirement, RequirementOutcome.NotMet, $"{chain}; {chain.Device.Device} is {state}", "Bring up the link: cable, switch port, and the uplink's state on the host."),
            _ => new(id, requirement, RequirementOutcome.Met, $"{chain}, driver {chain.Device.Driver}", ""),
        };
    }

    private static RequirementCheck LinkSpeed(RdmaChain chain)
    {
        const string id = "iser.link-speed", requirement = "At least 10 Gbit/s on the host's and on the array's port";
        return chain.SpeedMbps switch
        {
            0 => new(id, requirement, RequirementOutcome.Unknown, "no link speed was read", "Look at 'esxcli rdma device list'; a port without a link has none."),
            < MinimumSpeedMbps and var slow => new(id, requirement, RequirementOutcome.NotMet, $"{chain.Uplink?.Device ?? chain.Device?.Device} runs at {Gigabits(slow)}", "Use a port of 10 Gbit/s or more, or mend cable, transceiver and switch port if it could be faster."),
            var fast => new(id, requirement, RequirementOutcome.Met, $"{chain.Uplink?.Device ?? chain.Device?.Device} runs at {Gigabits(fast)}; the array's port is not visible from here", ""),
        };
    }

    private static RequirementCheck Fabric(RdmaChain chain)
    {
        const string id = "iser.fabric", requirement = "A network that carries RDMA: RoCE, iWARP or InfiniBand";
        return chain.Device switch
        {
            null => new(id, requirement, RequirementOutcome.Unknown, "there is no RDMA device to tell", ""),
            { Flavour: { Length: > 0 } flavour } => new(id, requirement, RequirementOutcome.Met, $"{chain.Device.Device} speaks {flavour}", ""),
            _ => new(id, requirement, RequirementOutcome.Unknown, $"{chain.Device.Device} announces neither RoCE nor iWARP, as an InfiniBand port does", "Look at the device's description in 'esxcli rdma device list'."),
        };
    }

    private static RequirementCheck IscsiStack(StorageAdapter adapter)
    {
        const string id = "iser.iscsi-stack", requirement = "SCSI and iSCSI above it: an initiator's name and targets to log in to";
        return string.IsNullOrEmpty(adapter.Iqn)
            ? new(id, requirement, RequirementOutcome.NotMet, $"{adapter.Device} has no IQN", "Give the adapter an IQN.")
            : adapter.Targets.Count == 0
                ? new(id, requirement, RequirementOutcome.NotMet, $"{adapter.Device} is {adapter.Iqn} and is configured with no target", "Add the array's portals to the adapter's dynamic or static discovery.")
                : new(id, requirement, RequirementOutcome.Met, $"{adapter.Iqn}; {string.Join(", ", adapter.Targets.Select(t => $"{t.Iqn ?? "targets of"} {t.Address}:{t.Port}"))}; CHAP {adapter.Chap ?? "unknown"}", "");
    }

    private static RequirementCheck InfinibandSwitch(RdmaChain chain)
    {
        const string id = "iser.infiniband-switch", requirement = "An InfiniBand switch, where InfiniBand carries RDMA";
        return chain.Device switch
        {
            null => new(id, requirement, RequirementOutcome.Unknown, "there is no RDMA device to tell", ""),
            { Flavour.Length: > 0 } => new(id, requirement, RequirementOutcome.NotNeeded, "RDMA runs on Ethernet", ""),
            _ => new(id, requirement, RequirementOutcome.Unknown, "switches are not visible to vSphere", "Look at the cabling."),
        };
    }

    private static RequirementCheck Target(EsxHost host, StorageAdapter adapter)
    {
        const string id = "iser.target", requirement = "A target that speaks iSER";
        var paths = host.Luns.SelectMany(l => l.Paths).Where(p => p.AdapterKey == adapter.Key).ToList();
        var active = paths.Count(p => p.State.Equals("active", StringComparison.OrdinalIgnoreCase));
        return (paths.Count, active) switch
        {
            (0, _) => new(id, requirement, RequirementOutcome.Unknown, $"no LUN is seen over {adapter.Device}", "Map a LUN to the initiator and rescan; see that the array's service has iSER on."),
            (_, 0) => new(id, requirement, RequirementOutcome.NotMet, $"all {paths.Count} paths over {adapter.Device} are dead", "See that the array's service has iSER on and that its portals answer on the RDMA network."),
            _ => new(id, requirement, RequirementOutcome.Met, $"{active} of {paths.Count} paths over {adapter.Device} are active", ""),
        };
    }

    private static string Gigabits(long mbps) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{mbps / 1000.0:0.###} Gbit/s");
}
