using System.Security.Cryptography;
using System.Text.Json;
using Migrate.Planner.Inventory;

namespace Migrate.Planner.VSphere.Storage;

/// <summary>
/// Port bindings that were read already. No property tells of them and no update comes when they change, and asking takes a call for each
/// adapter, which vCenter hands on to the host. So they are good while nothing else of their host changes, but not for longer than
/// <see cref="Lifetime"/>.
/// </summary>
internal sealed class KnownBindings(TimeProvider time)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, (byte[] Hash, DateTimeOffset ReadAt, Dictionary<string, IReadOnlyList<PortBinding>> Bindings)> _hosts = new(StringComparer.Ordinal);

    public bool IsEmpty => _hosts.Count == 0;

    /// <summary>Takes what a version of the inventory holds, read at about that time.</summary>
    public void Seed(IEnumerable<EsxHost> hosts, DateTime takenAt)
    {
        foreach (var host in hosts.Where(h => h.Adapters.All(a => !PortBindingReader.IsIscsi(a) || a.PortBindings is not null)))
        {
            Keep(host, new DateTimeOffset(takenAt, TimeSpan.Zero));
        }
    }

    public void Keep(EsxHost host) => Keep(host, time.GetUtcNow());

    /// <summary>The host with its bindings; null when they have to be asked for.</summary>
    /// <param name="host">As its properties tell it.</param>
    public EsxHost? Of(EsxHost host)
    {
        if (!_hosts.TryGetValue(host.Key, out var known) || time.GetUtcNow() - known.ReadAt > Lifetime || host.Adapters.Any(a => PortBindingReader.IsIscsi(a) && !known.Bindings.ContainsKey(a.Key)))
        {
            return null;
        }

        var bound = host with { Adapters = [.. host.Adapters.Select(a => PortBindingReader.IsIscsi(a) ? AdapterKinds.WithBindings(host, a with { PortBindings = known.Bindings[a.Key] }) : a)] };
        return HashOf(bound).AsSpan().SequenceEqual(known.Hash) ? bound : null;
    }

    private void Keep(EsxHost host, DateTimeOffset readAt) =>
        _hosts[host.Key] = (HashOf(host), readAt, host.Adapters.Where(a => a.PortBindings is not null).ToDictionary(a => a.Key, a => a.PortBindings!, StringComparer.Ordinal));

    private static byte[] HashOf(EsxHost host) => SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(host, PlannerJson.Default.EsxHost));
}
