using Migrate.Executor.Destinations.Facts;

namespace Migrate.Executor.Preflight;

/// <summary>Where disks lie or may lie on a host: the target's directory and the directories of storage pools, with what is under them.</summary>
internal static class Places
{
    public sealed record Place(string Path, HostMount? Mount, HostBlockDevice? Device, bool IsTarget);

    public static IEnumerable<Place> Of(PreflightContext context)
    {
        if (context.TargetDirectory is { } directory)
        {
            yield return At(context, directory, isTarget: true);
        }

        foreach (var pool in context.Facts.Pools.Where(pool => pool is { Active: true, Type: "dir" or "fs", Path: not null } && pool.Path != context.TargetDirectory))
        {
            yield return At(context, pool.Path!, isTarget: false);
        }
    }

    public static bool IsUnder(string path, string directory) => path == directory || path.StartsWith(directory.TrimEnd('/') + "/", StringComparison.Ordinal);

    private static Place At(PreflightContext context, string path, bool isTarget)
    {
        var mount = context.Facts.Mounts.Where(mount => IsUnder(path, mount.Point)).MaxBy(mount => mount.Point.Length);
        // A subvolume or bind mount is told as /dev/x[/part].
        var source = mount?.Source.Split('[')[0];
        return new Place(path, mount, context.Facts.BlockDevices.FirstOrDefault(device => device.Path == source), isTarget);
    }
}
