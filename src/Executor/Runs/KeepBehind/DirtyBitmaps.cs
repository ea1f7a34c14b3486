using System.Text.Json;
using Migrate.Executor.Destinations;
using Migrate.Executor.Domains;
using Migrate.Planner;

namespace Migrate.Executor.Runs.KeepBehind;

/// <summary>
/// QEMU's dirty bitmaps of a running domain's disks. On raw disks they cannot be stored, so they live as long as the domain's QEMU: over restarts of the guest, and no
/// longer than the domain runs. They never touch the disk.
/// </summary>
internal static class DirtyBitmaps
{
    private const string Name = "migrate-behind";
    /// <summary>2 MiB of QEMU's memory per TiB.</summary>
    private const long Granularity = 64 << 10;

    /// <summary>Begins to count on every disk; one that counts already goes on.</summary>
    public static async Task AddAsync(LibvirtConnection connection, string domain, IReadOnlyList<DomainDisk> disks, CancellationToken cancellationToken)
    {
        var devices = await DevicesAsync(connection, domain, cancellationToken);
        foreach (var disk in disks)
        {
            if (!devices.TryGetValue(disk.Alias, out var inserted))
            {
                throw new MigrateException(
                    "behind.no-disk", $"QEMU of the domain {domain} knows no device {disk.Alias} ({disk.Label}), so that what its guest writes cannot be counted.",
                    "Read QEMU's log on the KVM host; retry the run, or plan the VM anew without --keep-behind.");
            }

            if (BitmapOf(inserted) is null)
            {
                var node = JsonEncodedText.Encode(inserted.GetProperty("node-name").GetString()!);
                await connection.MonitorCommandAsync(
                    domain, $$$"""{"execute":"block-dirty-bitmap-add","arguments":{"node":"{{{node}}}","name":"{{{Name}}}","granularity":{{{Granularity}}},"persistent":false}}""", cancellationToken);
            }
        }
    }

    /// <summary>Null when any disk is not counted (any more).</summary>
    public static async Task<IReadOnlyList<BehindDisk>?> ReadAsync(LibvirtConnection connection, string domain, IReadOnlyList<BehindDisk> disks, CancellationToken cancellationToken)
    {
        var devices = await DevicesAsync(connection, domain, cancellationToken);
        List<BehindDisk> read = [];
        foreach (var disk in disks)
        {
            if (!devices.TryGetValue(DomainDisks.AliasOf(disk.DiskKey), out var inserted) || BitmapOf(inserted) is not { } bitmap || !bitmap.GetProperty("recording").GetBoolean())
            {
                return null;
            }

            read.Add(disk with { Bytes = bitmap.GetProperty("count").GetInt64(), BlockBytes = bitmap.GetProperty("granularity").GetInt64() });
        }

        return read;
    }

    private static JsonElement? BitmapOf(JsonElement inserted) => inserted.TryGetProperty("dirty-bitmaps", out var bitmaps)
        ? bitmaps.EnumerateArray().Where(x => x.TryGetProperty("name", out var name) && name.GetString() == Name).Select(x => (JsonElement?)x).FirstOrDefault()
        : null;

    /// <summary>What is inserted, by the alias of the disk: QEMU calls a SCSI disk so, and a virtio one by its path.</summary>
    private static async Task<Dictionary<string, JsonElement>> DevicesAsync(LibvirtConnection connection, string domain, CancellationToken cancellationToken)
    {
        var answer = await connection.MonitorCommandAsync(domain, """{"execute":"query-block"}""", cancellationToken);
        return answer.EnumerateArray().Where(x => x.TryGetProperty("qdev", out _) && x.TryGetProperty("inserted", out _))
            .ToDictionary(x => x.GetProperty("qdev").GetString()!.Split('/').First(part => part is not ("" or "machine" or "peripheral")), x => x.GetProperty("inserted"));
    }
}
