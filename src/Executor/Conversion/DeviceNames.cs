using System.Text.RegularExpressions;
using Migrate.Planner;

namespace Migrate.Executor.Conversion;

/// <summary>What a block device of a guest is known by.</summary>
/// <param name="Name">As the kernel names it, e.g. /dev/sda1.</param>
/// <param name="Type">Of its content: ext4, swap, crypto_LUKS …; empty when nobody knows.</param>
/// <param name="Uuid">Of its content; null when it has none.</param>
/// <param name="PartUuid">Of the partition; null when it has none.</param>
public sealed record GuestDevice(string Name, string Type, string? Uuid, string? PartUuid)
{
    /// <summary>What names it wherever it turns up; null when nothing does.</summary>
    public string? LastingName => Uuid is not null ? $"UUID={Uuid}" : PartUuid is not null ? $"PARTUUID={PartUuid}" : null;
}

/// <summary>A file of the guest with device names replaced.</summary>
/// <param name="Text">All of it.</param>
/// <param name="Changes">What was replaced, a line each.</param>
/// <param name="Warnings">What was left although it may not hold on the new machine.</param>
public sealed record RenamedText(string Text, IReadOnlyList<string> Changes, IReadOnlyList<string> Warnings);

/// <summary>
/// Replaces names like /dev/sda1 by UUIDs. virt-v2v makes them /dev/vda1, for a virtio-blk disk, and ours is a virtio-scsi disk that stays sda; besides, nobody
/// promises in which order a kernel finds its disks. Lines that name no such device stay as they are, byte for byte.
/// </summary>
public static partial class DeviceNames
{
    /// <param name="path">The file in the guest: tells its format, and messages name it.</param>
    /// <param name="text">Its bytes, each as one character.</param>
    /// <param name="devices">The guest's devices by name.</param>
    /// <exception cref="MigrateException"><c>conversion.device-ambiguous</c>, <c>conversion.device-unnamed</c>.</exception>
    public static RenamedText Replace(string path, string text, IReadOnlyDictionary<string, GuestDevice> devices)
    {
        var pattern = path switch
        {
            "/etc/fstab" => Fstab(),
            "/etc/crypttab" => Crypttab(),
            _ => KernelArgument(),
        };
        List<string> changes = [], warnings = [];
        var lines = Lines().Matches(text).Select(line => Line(path, line.Value, pattern, devices, changes, warnings));
        return new RenamedText(string.Concat(lines), changes, warnings);
    }

    private static string Line(string path, string line, Regex pattern, IReadOnlyDictionary<string, GuestDevice> devices, List<string> changes, List<string> warnings)
    {
        if (line.TrimStart().StartsWith('#'))
        {
            return line;
        }

        if (OfHardware().Match(line) is { Success: true } hardware)
        {
            warnings.Add($"{path} names {hardware.Value}, which comes from VMware's hardware and is not there any more.");
        }

        return pattern.Replace(line, match =>
        {
            var (name, type) = (match.Groups["device"].Value, match.Groups["type"].Value);
            if (!devices.TryGetValue(name, out var device))
            {
                warnings.Add($"{path} names {name}, which the VM's disks do not have: it is left.");
                return match.Value;
            }

            if (type.Length > 0 && !Fits(type, device.Type))
            {
                throw new MigrateException(
                    "conversion.device-ambiguous",
                    $"{path} of the guest says that {name} is {type}, and on the copied disks it is {(device.Type.Length > 0 ? device.Type : "nothing known")}: the guest finds its disks in another order than the VM has them.",
                    $"Write UUIDs in place of device names into {path} of the guest (blkid tells them), then start the run again; the copied data is as it was.");
            }

            var lasting = device.LastingName
                ?? throw new MigrateException(
                    "conversion.device-unnamed", $"{path} of the guest names {name}, which has neither a UUID nor a partition with one.",
                    $"Give it a UUID or a label in the guest and name it by that in {path}, then start the run again; the copied data is as it was.");
            changes.Add($"{path}: {name} is {lasting}");
            return match.Groups["before"].Value + lasting + match.Groups["after"].Value;
        });
    }

    private static bool Fits(string said, string found) =>
        said.Split(',').Any(one => one is "auto" or "none" or "bind" || Kind(one) == Kind(found));

    private static string Kind(string type) => type switch
    {
        "ext2" or "ext3" or "ext4" => "ext",
        "vfat" or "msdos" => "fat",
        "ntfs" or "ntfs-3g" or "ntfs3" or "ntfs3g" => "ntfs",
        "swap" or "swsuspend" => "swap",
        _ => type,
    };

    /// <summary>With their ends, whichever these are.</summary>
    [GeneratedRegex(@"[^\n]*\n|[^\n]+$", RegexOptions.CultureInvariant)]
    private static partial Regex Lines();

    [GeneratedRegex(@"^(?<before>[ \t]*)(?<device>/dev/sd[a-z]+[0-9]*)(?<after>[ \t]+\S+[ \t]+(?<type>\S+))", RegexOptions.CultureInvariant)]
    private static partial Regex Fstab();

    [GeneratedRegex(@"^(?<before>[ \t]*\S+[ \t]+)(?<device>/dev/sd[a-z]+[0-9]*)(?<after>(?=\s|$))", RegexOptions.CultureInvariant)]
    private static partial Regex Crypttab();

    [GeneratedRegex("""(?<before>(?<![\w.-])(?:root|resume|RESUME|cryptdevice)=["']?)(?<device>/dev/sd[a-z]+[0-9]*)(?<after>(?=[\s"':,]|$))""", RegexOptions.CultureInvariant)]
    private static partial Regex KernelArgument();

    [GeneratedRegex("""/dev/disk/by-(?:path|id)/[^\s"']+|/dev/hd[a-z]+[0-9]*""", RegexOptions.CultureInvariant)]
    private static partial Regex OfHardware();
}
