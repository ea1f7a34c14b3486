using Migrate.Simulator.Estates;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.Hosts;

/// <summary>A host's IscsiManager: which VMkernel adapters are bound to its iSCSI adapters. iSER ones each have their own.</summary>
internal sealed class IscsiManager(HostSystem host) : ManagedObject("IscsiManager", RefOf(host).Id)
{
    public static MoRef RefOf(HostSystem host) => new("IscsiManager", "iscsiManager-" + host.Ref.Id["host-".Length..]);

    /// <summary>Somebody took the VMkernel adapters away from its adapters, which moves no property.</summary>
    public bool IsUnbound { get; set; }

    public override Task<Reply> InvokeAsync(SoapCall call, CancellationToken cancellationToken) => call.Method switch
    {
        "QueryBoundVnics" => Task.FromResult(new Reply(Bound(call.Required("iScsiHbaName")), "IscsiPortInfo[]")),
        _ => base.InvokeAsync(call, cancellationToken),
    };

    protected override object? Property(string name) => null;

    private List<DataObject> Bound(string device)
    {
        var adapter = host.Source.Adapters!.FirstOrDefault(a => a.Device == device && a.Kind is EstateAdapterKind.Iser or EstateAdapterKind.SoftwareIscsi)
            ?? throw VimFaultException.InvalidArgument("iScsiHbaName", "A specified parameter was not correct: iScsiHbaName");
        return IserNetwork.Of(host).Where(n => n.Adapter == adapter && adapter.Bound && !IsUnbound).Select(n => DataObject.Of(
            "IscsiPortInfo",
            ("vnicDevice", n.Vmkernel),
            ("pnicDevice", n.Nic),
            ("switchName", n.Switch),
            ("portgroupName", n.PortGroup),
            ("portgroupKey", "key-vim.host.PortGroup-" + n.PortGroup),
            ("complianceStatus", DataObject.Of("IscsiStatus", ("reason", adapter.StandbyNic is null ? null : new[]
            {
                DataObject.Of(
                    "LocalizedMethodFault",
                    ("fault", DataObject.Of("IscsiFaultVnicHasMultipleUplinks", ("vnicDevice", n.Vmkernel))),
                    ("localizedMessage", "The port group has more than one uplink.")),
            }))),
            ("pathStatus", "active"))).ToList();
    }
}

/// <summary>One iSER adapter's way to the wire: a switch, a port group and a VMkernel adapter of its own.</summary>
internal sealed record IserNetwork(EstateAdapter Adapter, string Nic, string Vmkernel, string Switch, string PortGroup)
{
    public static IReadOnlyList<IserNetwork> Of(HostSystem host) =>
        [.. host.Source.Adapters!.Where(a => a.Kind == EstateAdapterKind.Iser && a.Nic is not null)
            .Select((a, i) => new IserNetwork(a, a.Nic!, $"vmk{2 + i}", $"vSwitch{1 + i}", $"iSER-{(char)('A' + i)}"))];
}
