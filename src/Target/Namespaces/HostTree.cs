namespace Migrate.Target.Namespaces;

/// <summary>The kernel's files about the machine: /proc, and /sys with configfs in it.</summary>
internal sealed record HostTree(string Proc, string Sys)
{
    public static readonly HostTree Real = new("/proc", "/sys");

    public string ConfigFs => Path.Combine(Sys, "kernel/config");

    /// <summary>The device's directory in sysfs with all links resolved, or null.</summary>
    public string? DirectoryOf(StorageId device)
    {
        var link = new DirectoryInfo(Path.Combine(Sys, "dev/block", device.DeviceNumber));
        return link.Exists ? link.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? link.FullName : null;
    }

    /// <summary>The text of a file without its line end; null when it is absent, empty or not to be read.</summary>
    public static string? Text(params string[] path)
    {
        try
        {
            return File.ReadAllText(Path.Combine(path)).TrimEnd() is { Length: > 0 } text ? text : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // Attributes of sysfs and configfs go with their devices, and some have no reader.
        }
    }

    /// <summary>What the directory holds, without complaint when it is absent or not to be read.</summary>
    public static string[] Entries(params string[] path)
    {
        try
        {
            return Directory.GetFileSystemEntries(Path.Combine(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
