using Migrate.Simulator.Estates;
using Migrate.Simulator.Hosts;
using Migrate.Simulator.Values;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.Inventory;

/// <summary>A standard portgroup as vCenter shows it, or the base of a distributed one.</summary>
public class Network(Vcenter vcenter, string id, EstateNetwork source, Folder parent, string type = "Network")
    : ManagedEntity(vcenter, type, id, source.Name, parent)
{
    public EstateNetwork Source { get; } = source;

    public List<HostSystem> Hosts { get; } = [];

    protected override object? Property(string name) => name switch
    {
        "summary" => DataObject.Of("NetworkSummary", ("network", Ref), ("name", Name), ("accessible", true), ("ipPoolName", "")),
        "host" => References(Hosts),
        "vm" => References(Vcenter.All<VirtualMachine>().Where(v => v.Networks.Contains(this))),
        _ => base.Property(name),
    };
}

public sealed class DistributedPortgroup(Vcenter vcenter, string id, EstateNetwork source, Folder parent, DistributedSwitch owner)
    : Network(vcenter, id, source, parent, "DistributedVirtualPortgroup")
{
    public DistributedSwitch Switch => owner;

    protected override object? Property(string name) => name switch
    {
        "key" => Ref.Id,
        "config" => DataObject.Of(
            "DVPortgroupConfigInfo",
            ("key", Ref.Id),
            ("name", Name),
            ("numPorts", 8),
            ("distributedVirtualSwitch", owner.Ref),
            ("defaultPortConfig", DataObject.Of(
                "VMwareDVSPortSetting",
                ("vlan", DataObject.Of("VmwareDistributedVirtualSwitchVlanIdSpec", ("inherited", false), ("vlanId", Source.Vlan))))),
            ("type", "earlyBinding"),
            ("backingType", "standard"),
            ("policy", DataObject.Of(
                "DVPortgroupPolicy",
                ("blockOverrideAllowed", true),
                ("shapingOverrideAllowed", false),
                ("vendorConfigOverrideAllowed", false),
                ("livePortMovingAllowed", false),
                ("portConfigResetAtDisconnect", true))),
            ("autoExpand", true)),
        _ => base.Property(name),
    };
}

public sealed class DistributedSwitch(Vcenter vcenter, string id, string name, Folder parent)
    : ManagedEntity(vcenter, "VmwareDistributedVirtualSwitch", id, name, parent)
{
    public List<DistributedPortgroup> Portgroups { get; } = [];

    /// <summary>VMware's form: bytes in hex, a dash in the middle.</summary>
    public string Uuid { get; } = string.Join(' ', Enumerable.Range(0, 16).Select(i => StableBytes.Hex("dvs/" + name, 32).Substring(i * 2, 2))).Remove(23, 1).Insert(23, "-");

    protected override object? Property(string name) => name switch
    {
        "uuid" => Uuid,
        "portgroup" => References(Portgroups),
        "summary" => DataObject.Of("DVSSummary", ("name", Name), ("uuid", Uuid), ("numPorts", 8 * Portgroups.Count)),
        _ => base.Property(name),
    };
}
