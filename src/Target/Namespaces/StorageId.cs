using System.Globalization;

namespace Migrate.Target.Namespaces;

/// <summary>Storage under whatever path: a block device by its number, a file by its file system's device and its inode.</summary>
internal readonly record struct StorageId(uint Major, uint Minor, ulong Inode)
{
    public bool IsDevice => Inode == 0;

    /// <summary>The device's number as sysfs and mountinfo write it.</summary>
    public string DeviceNumber => string.Create(CultureInfo.InvariantCulture, $"{Major}:{Minor}");

    /// <summary>Reads MAJOR:MINOR; null for anything else.</summary>
    public static StorageId? Device(string? text)
    {
        var parts = text?.Trim().Split(':') ?? [];
        return parts.Length == 2 && uint.TryParse(parts[0], CultureInfo.InvariantCulture, out var major)
            && uint.TryParse(parts[1], CultureInfo.InvariantCulture, out var minor)
            ? new StorageId(major, minor, 0)
            : null;
    }
}
