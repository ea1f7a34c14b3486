using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Inventory;

/// <summary>Turns an inventory's objects into rows and back.</summary>
internal static class InventoryRows
{
    private static readonly PlannerJson Json = PlannerJson.Default;

    /// <summary>One row per object; the version that it is valid from is set when it is stored.</summary>
    public static IEnumerable<InventoryObject> Of(Guid sourceId, SourceInventory inventory)
    {
        foreach (Vm vm in inventory.Vms)
        {
            yield return Of(sourceId, vm);
        }
        foreach (EsxHost host in inventory.Hosts)
        {
            yield return Row(sourceId, InventoryKind.Host, host.Key, host.Name, host, Lasting.Of(host), Json.EsxHost);
        }
        foreach (Datastore datastore in inventory.Datastores)
        {
            yield return Row(sourceId, InventoryKind.Datastore, datastore.Key, datastore.Name, datastore, Lasting.Of(datastore), Json.Datastore);
        }
        foreach (Network network in inventory.Networks)
        {
            yield return Row(sourceId, InventoryKind.Network, network.Key, network.Name, network, network, Json.Network);
        }
        foreach (Cluster cluster in inventory.Clusters)
        {
            yield return Row(sourceId, InventoryKind.Cluster, cluster.Key, cluster.Name, cluster, Lasting.Of(cluster), Json.Cluster);
        }
    }

    public static InventoryObject Of(Guid sourceId, Vm vm)
    {
        InventoryObject row = Row(sourceId, InventoryKind.Vm, vm.Key, vm.Name, vm, Lasting.Of(vm), Json.Vm);
        row.PowerState = vm.PowerState;
        row.HostKey = vm.HostKey;
        row.Folder = vm.Folder;
        row.CapacityBytes = vm.Disks.Sum(disk => disk.CapacityBytes);
        row.Listed = new InventoryVm
        {
            SourceId = sourceId,
            Key = vm.Key,
            Name = vm.Name,
            PowerState = vm.PowerState,
            HostKey = vm.HostKey,
            Folder = vm.Folder,
            Datacenter = vm.Datacenter,
            Guest = vm.GuestFullName,
            Datastores = InventoryVm.Joined(vm.DatastoreKeys),
            CapacityBytes = row.CapacityBytes,
            UsedBytes = UsedBytes(vm),
            CpuCount = vm.CpuCount,
            MemoryBytes = vm.MemoryBytes,
            DiskCount = vm.Disks.Count,
        };
        return row;
    }

    /// <summary>As the server sums it up, else what its disks take; -1 when neither is known.</summary>
    private static long UsedBytes(Vm vm) =>
        vm.Storage.CommittedBytes > 0 ? vm.Storage.CommittedBytes : vm.Disks.Any(disk => disk.CommittedBytes is not null) ? vm.Disks.Sum(disk => disk.CommittedBytes ?? 0) : -1;

    private static InventoryObject Row<T>(Guid sourceId, InventoryKind kind, string key, string name, T seen, T lasting, JsonTypeInfo<T> type)
    {
        string body = JsonSerializer.Serialize(seen, type);
        return new InventoryObject
        {
            SourceId = sourceId,
            Kind = kind,
            Key = key,
            Name = name,
            Hash = HashOf(JsonSerializer.Serialize(lasting, type)),
            BodyHash = HashOf(body),
            Body = body,
        };
    }

    public static T Read<T>(string body, JsonTypeInfo<T> type) => PlannerJson.Read(body, type);

    /// <summary>The lasting part of a stored body, as JSON: what differences are told from.</summary>
    public static string LastingBody(InventoryKind kind, string body) => kind switch
    {
        InventoryKind.Vm => JsonSerializer.Serialize(Lasting.Of(Read(body, Json.Vm)), Json.Vm),
        InventoryKind.Host => JsonSerializer.Serialize(Lasting.Of(Read(body, Json.EsxHost)), Json.EsxHost),
        InventoryKind.Datastore => JsonSerializer.Serialize(Lasting.Of(Read(body, Json.Datastore)), Json.Datastore),
        InventoryKind.Cluster => JsonSerializer.Serialize(Lasting.Of(Read(body, Json.Cluster)), Json.Cluster),
        _ => body,
    };

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
