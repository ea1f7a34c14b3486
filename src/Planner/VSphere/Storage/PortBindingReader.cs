using System.Collections.Concurrent;
using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere.Storage;

/// <summary>Which VMkernel adapters are bound to a host's iSCSI and iSER adapters: a call per adapter, since no property tells.</summary>
internal sealed class PortBindingReader(VSphereSession session, KnownBindings known)
{
    /// <summary>Calls under way at once: each goes on from vCenter to a host and waits there.</summary>
    private const int Parallel = 6;

    /// <summary>The hosts with their bindings; a host that cannot be asked keeps its unknown ones and becomes a line of <paramref name="gaps"/>.</summary>
    public async Task<IReadOnlyList<EsxHost>> ReadAsync(
        IReadOnlyList<EsxHost> hosts, IReadOnlyDictionary<string, ManagedObjectReference> iscsiManagers, ICollection<string> gaps, CancellationToken cancellationToken)
    {
        var read = new ConcurrentDictionary<string, EsxHost>(StringComparer.Ordinal);
        var failed = new ConcurrentBag<string>();
        var asked = new List<EsxHost>();
        foreach (var host in hosts.Where(h => h.ConnectionState == "connected" && h.Adapters.Any(IsIscsi) && iscsiManagers.ContainsKey(h.Key)))
        {
            if (known.Of(host) is { } bound)
            {
                read[host.Key] = bound;
            }
            else
            {
                asked.Add(host);
            }
        }

        await System.Threading.Tasks.Parallel.ForEachAsync(asked, new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken }, async (host, cancel) =>
        {
            var adapters = new List<StorageAdapter>();
            foreach (var adapter in host.Adapters)
            {
                try
                {
                    adapters.Add(IsIscsi(adapter) ? AdapterKinds.WithBindings(host, adapter with { PortBindings = await BindingsAsync(iscsiManagers[host.Key], adapter.Device, cancel) }) : adapter);
                }
                catch (VSphereFault fault) when (!fault.IsTransient)
                {
                    adapters.Add(adapter);
                    failed.Add($"HostSystem {host.Key}: port bindings of {adapter.Device}: {fault.Type}");
                }
            }

            read[host.Key] = host with { Adapters = adapters };
        });
        // One that could not be asked whole is asked again the next time, which tells its gap again.
        foreach (var host in asked.Where(h => !failed.Any(f => f.StartsWith($"HostSystem {h.Key}:", StringComparison.Ordinal))))
        {
            known.Keep(read[host.Key]);
        }

        foreach (var gap in failed.Order(StringComparer.Ordinal))
        {
            gaps.Add(gap);
        }

        return [.. hosts.Select(h => read.GetValueOrDefault(h.Key, h))];
    }

    private async Task<List<PortBinding>> BindingsAsync(ManagedObjectReference manager, string adapter, CancellationToken cancellationToken) =>
        [.. ((await session.CallAsync(new QueryBoundVnicsRequest { This = manager, IScsiHbaName = adapter }, cancellationToken)).Value ?? [])
            .Select(Binding).OrderBy(b => b.Vmkernel, StringComparer.Ordinal)];

    internal static PortBinding Binding(IscsiPortInfo port)
    {
        // No status at all means that the host did not judge; one without reasons means that it found nothing wrong.
        var faults = port.ComplianceStatus?.Reason ?? [];
        return new PortBinding(
            port.VnicDevice ?? port.Vnic?.Device ?? "",
            Some(port.PnicDevice) ?? port.Pnic?.Device,
            Some(port.SwitchName),
            Some(port.PortgroupName),
            port.ComplianceStatus is null ? null : faults.Length == 0,
            string.Join(", ", faults.Select(f => f.Fault?.GetType().Name ?? f.LocalizedMessage ?? "a fault without a name")),
            port.PathStatus ?? "");
    }

    internal static bool IsIscsi(StorageAdapter adapter) => adapter.VimType == nameof(HostInternetScsiHba);

    private static string? Some(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
