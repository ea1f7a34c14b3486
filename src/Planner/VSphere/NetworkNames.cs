using System.Globalization;
using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>Which network a NIC's backing means: by reference, by port group key, or by an opaque network's id.</summary>
internal sealed class NetworkNames
{
    private readonly Dictionary<string, Network> _byKey;
    private readonly Dictionary<string, Network> _byPortGroup = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Network> _byOpaqueId = new(StringComparer.Ordinal);

    public NetworkNames(
        IEnumerable<ObjectProperties> networks, IEnumerable<ObjectProperties> portGroups, IEnumerable<ObjectProperties> switches, IEnumerable<ObjectProperties> opaque)
    {
        var switchNames = switches.GroupBy(s => s.Key).ToDictionary(g => g.Key, g => VimName.Decode(g.First().Text("name")), StringComparer.Ordinal);
        _byKey = networks.Select(n => new Network(n.Key, VimName.Decode(n.Text("name")) ?? n.Key, n.Reference.Type))
            .GroupBy(n => n.Key).ToDictionary(g => g.Key, g => g.First());
        foreach (var group in portGroups.Where(g => _byKey.ContainsKey(g.Key)))
        {
            _byKey[group.Key] = _byKey[group.Key] with
            {
                Switch = group.Get<ManagedObjectReference>("config.distributedVirtualSwitch") is { } owner ? switchNames.GetValueOrDefault(owner.Value) : null,
                Vlan = VlanOf(group.Get<DVPortSetting>("config.defaultPortConfig")),
            };
            _byPortGroup[group.Text("key") ?? group.Key] = _byKey[group.Key];
        }

        foreach (var network in opaque.Where(n => _byKey.ContainsKey(n.Key)))
        {
            if (network.Get<OpaqueNetworkSummary>("summary")?.OpaqueNetworkId is { } id)
            {
                _byOpaqueId[id] = _byKey[network.Key];
            }
        }
    }

    public IReadOnlyList<Network> All => [.. _byKey.Values.OrderBy(n => n.Key, StringComparer.Ordinal)];

    public string NameOf(string key) => _byKey.TryGetValue(key, out var network) ? network.Name : key;

    /// <summary>Key and name; without a key when the network is not among those that the account sees.</summary>
    public (string? Key, string Name) Of(VirtualDeviceBackingInfo? backing) => backing switch
    {
        VirtualEthernetCardNetworkBackingInfo b when b.Network is not null && _byKey.TryGetValue(b.Network.Value, out var n) => (n.Key, n.Name),
        VirtualDeviceDeviceBackingInfo b => (null, VimName.Decode(b.DeviceName) ?? ""),
        VirtualEthernetCardDistributedVirtualPortBackingInfo { Port: { } port } => Named(_byPortGroup, port.PortgroupKey),
        VirtualEthernetCardOpaqueNetworkBackingInfo b => Named(_byOpaqueId, b.OpaqueNetworkId),
        _ => (null, ""),
    };

    private static string? VlanOf(DVPortSetting? ports) => (ports as VMwareDVSPortSetting)?.Vlan switch
    {
        VmwareDistributedVirtualSwitchVlanIdSpec { VlanId: 0 } => "none",
        VmwareDistributedVirtualSwitchVlanIdSpec one => one.VlanId.ToString(CultureInfo.InvariantCulture),
        VmwareDistributedVirtualSwitchPvlanSpec own => string.Create(CultureInfo.InvariantCulture, $"private {own.PvlanId}"),
        VmwareDistributedVirtualSwitchTrunkVlanSpec trunk => "trunk " + string.Join(", ", (trunk.VlanId ?? []).Select(r => r.Start == r.End
            ? r.Start.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{r.Start}-{r.End}"))),
        _ => null,
    };

    private static (string?, string) Named(Dictionary<string, Network> networks, string? id) =>
        id is not null && networks.TryGetValue(id, out var network) ? (network.Key, network.Name) : (null, id ?? "");
}
