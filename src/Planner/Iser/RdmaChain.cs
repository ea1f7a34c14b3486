using Migrate.Planner.Inventory;

namespace Migrate.Planner.Iser;

/// <summary>
/// What carries an adapter: vmhba → vmrdma → uplink, and the VMkernel adapters that it may use. Any link may be missing;
/// <paramref name="Vmkernels"/> are those bound to the adapter, and empty when the bindings could not be read.
/// </summary>
public sealed record RdmaChain(StorageAdapter Adapter, RdmaDevice? Device, PhysicalNic? Uplink, IReadOnlyList<VmkernelAdapter> Vmkernels)
{
    /// <summary>The adapter's own word for its RDMA device comes first; then the uplink of what is bound to it; then its PCI address.</summary>
    public static RdmaChain Of(EsxHost host, StorageAdapter adapter)
    {
        List<string> bound = [.. (adapter.PortBindings ?? []).Select(b => b.Uplink).OfType<string>().Distinct()];
        var device = host.RdmaDevices.FirstOrDefault(d => adapter.RdmaDevice is { } name && (d.Device == name || d.Key == name))
            ?? host.RdmaDevices.FirstOrDefault(d => UplinkOf(host, d) is { } uplink && bound.Contains(uplink.Device))
            ?? host.RdmaDevices.FirstOrDefault(d => adapter.Pci.Length > 0 && UplinkOf(host, d)?.Pci == adapter.Pci);
        var uplink = device is not null
            ? UplinkOf(host, device)
            : host.PhysicalNics.FirstOrDefault(n => bound.Contains(n.Device)) ?? host.PhysicalNics.FirstOrDefault(n => n.Device == adapter.Uplink);
        List<VmkernelAdapter> vmkernels = [.. (adapter.PortBindings ?? []).Select(b => host.VmkernelAdapters.FirstOrDefault(v => v.Device == b.Vmkernel)).OfType<VmkernelAdapter>()];
        return new RdmaChain(adapter, device, uplink, vmkernels);
    }

    /// <summary>Of the RDMA device, or of its uplink where that does not tell; 0 when neither does.</summary>
    public long SpeedMbps => Device?.SpeedMbps is > 0 and var speed ? speed : Uplink?.SpeedMbps ?? 0;

    /// <summary>E.g. "vmhba64 → vmrdma0 → vmnic4 (vmk2)".</summary>
    public override string ToString() => string.Join(" → ", new[] { Adapter.Device, Device?.Device ?? "?", Uplink?.Device ?? "?" })
        + (Vmkernels.Count == 0 ? "" : $" ({string.Join(", ", Vmkernels.Select(v => v.Device))})");

    internal static PhysicalNic? UplinkOf(EsxHost host, RdmaDevice device) =>
        host.PhysicalNics.FirstOrDefault(n => n.Key == device.PairedUplinkKey) ?? host.PhysicalNics.FirstOrDefault(n => n.RdmaDeviceKey == device.Key);
}
