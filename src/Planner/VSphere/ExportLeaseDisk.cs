using System.Text.RegularExpressions;
using Migrate.Planner.Inventory;
using Migrate.Vim25;
using VirtualDisk = Migrate.Planner.Inventory.VirtualDisk;

namespace Migrate.Planner.VSphere;

/// <summary>
/// One disk that a lease offers. <paramref name="DeviceKey"/> is the lease's own name for it, by which its manifest names it, too;
/// <paramref name="FileSizeBytes"/> is what the server expects to send, null when it does not say.
/// </summary>
public sealed partial record ExportLeaseDisk(int Key, string DeviceKey, Uri Url, long CapacityBytes, long? FileSizeBytes)
{
    /// <summary>The lease's disks, each matched with the VM's own. A URL that cannot be matched is refused: guessing would copy the wrong disk.</summary>
    internal static IReadOnlyList<ExportLeaseDisk> Of(Vm vm, HttpNfcLeaseInfo info, Uri source) =>
    [
        .. (info.DeviceUrl ?? []).Where(u => u.Disk ?? DiskOf(vm, u) is not null).Select(u =>
        {
            var disk = DiskOf(vm, u) ?? throw new MigrateException("source.lease-unmatched",
                $"The export of {vm.Name} offers a disk '{u.Key}' that is none of the VM's.", "Synchronise the inventory; the VM's disks may just have changed.");
            return new ExportLeaseDisk(disk.Key, u.Key ?? "", UrlOf(u.Url, source), disk.CapacityBytes, u.FileSize > 0 ? u.FileSize : null);
        }),
    ];

    /// <summary>ESXi writes '*' for "the host that you are talking to", with or without a port.</summary>
    private static Uri UrlOf(string? url, Uri source)
    {
        var spelled = (url ?? "").Replace("://*:", $"://{source.Host}:", StringComparison.Ordinal).Replace("://*/", $"://{source.Authority}/", StringComparison.Ordinal);
        return Uri.TryCreate(spelled, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps ? uri : throw new MigrateException(
            "source.lease-unmatched", $"{source.Host} offers an export at an address that is not https.", "Tell the product and version of the source.");
    }

    /// <summary>"/vm-42/ParaVirtualSCSIController0:1" names controller type, bus and unit.</summary>
    private static VirtualDisk? DiskOf(Vm vm, HttpNfcLeaseDeviceUrl url)
    {
        if (LeaseKey().Match(url.Key ?? "") is not { Success: true } match)
        {
            return null;
        }

        var type = match.Groups["type"].Value;
        var family = type.Contains("IDE", StringComparison.Ordinal) ? "ide"
            : type.Contains("AHCI", StringComparison.Ordinal) || type.Contains("SATA", StringComparison.Ordinal) ? "sata"
            : type.Contains("NVME", StringComparison.OrdinalIgnoreCase) ? "nvme"
            : "scsi";
        return vm.Disks.FirstOrDefault(d => d.Instance == $"{family}{match.Groups["bus"].Value}:{match.Groups["unit"].Value}");
    }

    [GeneratedRegex(@"(?<type>[A-Za-z]+)(?<bus>\d+):(?<unit>\d+)$")]
    private static partial Regex LeaseKey();
}
