namespace Migrate.Executor.Destinations;

/// <summary>What the kernel tells of the storage under a path of this machine: /proc/self/mountinfo and /sys/class/block.</summary>
internal static class BlockDevices
{
    internal sealed record Mount(string Point, string FileSystem, string Source, string Device);

    /// <summary>The mount that a path lies on; the path itself need not exist yet.</summary>
    public static Mount? MountOf(string path, IEnumerable<string>? mountInfo = null)
    {
        var full = Path.GetFullPath(path);
        // Later lines cover earlier ones, and the longest mount point is the nearest.
        return (mountInfo ?? File.ReadLines("/proc/self/mountinfo"))
            .Select(Parse)
            .OfType<Mount>()
            .Reverse()
            .Where(m => m.Point == "/" || full == m.Point || full.StartsWith(m.Point + "/", StringComparison.Ordinal))
            .MaxBy(m => m.Point.Length);
    }

    public static bool? IsRotational(string path)
    {
        if (path.StartsWith("/dev/", StringComparison.Ordinal))
        {
            return Rotational($"/sys/class/block/{NameOf(path)}");
        }
        if (MountOf(path) is not { } mount)
        {
            return null;
        }
        return Rotational($"/sys/dev/block/{mount.Device}")
            ?? (mount.Source.StartsWith("/dev/", StringComparison.Ordinal) ? Rotational($"/sys/class/block/{NameOf(mount.Source)}") : null);
    }

    private static string NameOf(string device) =>
        Path.GetFileName(File.Exists(device) ? File.ResolveLinkTarget(device, returnFinalTarget: true)?.FullName ?? device : device);

    /// <summary>A partition has no queue of its own; its disk is the directory above the real one.</summary>
    private static bool? Rotational(string sysDirectory)
    {
        if (!Directory.Exists(sysDirectory))
        {
            return null;
        }
        var real = Directory.ResolveLinkTarget(sysDirectory, returnFinalTarget: true)?.FullName ?? sysDirectory;
        foreach (var directory in new[] { real, Path.GetDirectoryName(real)! })
        {
            var flag = Path.Combine(directory, "queue", "rotational");
            if (File.Exists(flag))
            {
                var rotational = File.ReadAllText(flag).Trim() == "1";
                return rotational && IsVirtioBlk(directory) ? null : rotational;
            }
        }
        return null;
    }

    /// <summary>The virtio-blk driver says 1 of every disk, whatever the hypervisor keeps it on: its 1 tells nothing.</summary>
    private static bool IsVirtioBlk(string directory) => Path.GetFileName(directory).StartsWith("vd", StringComparison.Ordinal);

    /// <summary>"36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw": fields before and after a lone dash.</summary>
    private static Mount? Parse(string line)
    {
        var halves = line.Split(" - ", 2);
        var (left, right) = (halves[0].Split(' '), halves.Length == 2 ? halves[1].Split(' ') : []);
        return left.Length < 5 || right.Length < 2 ? null : new Mount(left[4].Replace(@"\040", " ", StringComparison.Ordinal), right[0], right[1], left[2]);
    }
}
