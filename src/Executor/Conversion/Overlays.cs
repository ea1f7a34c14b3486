using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Migrate.Executor.Manifests;
using Migrate.Planner;

namespace Migrate.Executor.Conversion;

/// <summary>qcow2 files that hold what is changed of a disk, which itself is only read until they are committed.</summary>
internal static class Overlays
{
    /// <param name="tool">Runs qemu-img.</param>
    /// <param name="overlay">The new file.</param>
    /// <param name="backing">The disk: a raw file or block device.</param>
    /// <param name="isServed">The target has it open and locked: it is read past the lock, and nothing may ever be committed from this overlay.</param>
    /// <param name="limit">For the tool.</param>
    /// <param name="cancellationToken">Ends the tool.</param>
    public static async Task CreateAsync(ConversionTool tool, string overlay, string backing, bool isServed, TimeSpan limit, CancellationToken cancellationToken)
    {
        var file = new JsonObject { ["driver"] = backing.StartsWith("/dev/", StringComparison.Ordinal) ? "host_device" : "file", ["filename"] = backing, ["locking"] = "off" };
        var name = isServed ? "json:" + new JsonObject { ["driver"] = "raw", ["file"] = file }.ToJsonString() : backing;
        await MustAsync(tool, "create", ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", name, overlay], limit, cancellationToken);
    }

    /// <summary>What the overlay has of its own.</summary>
    public static async Task<(ChangedExtents Extents, long Bytes)> ChangesAsync(ConversionTool tool, string overlay, TimeSpan limit, CancellationToken cancellationToken)
    {
        // Not through the tool's limit of output: a map of a large disk is long.
        var map = Path.Combine(tool.Directory, "map.json");
        await MustAsync(tool, "map", ["sh", "-c", "qemu-img map -f qcow2 --output=json \"$1\" > \"$2\"", "sh", overlay, map], limit, cancellationToken);
        return ChangedExtents.OfMap(await File.ReadAllTextAsync(map, cancellationToken));
    }

    /// <summary>
    /// Writes what the overlay has to its disk and keeps the overlay whole, so that a commit which was killed is begun again. QEMU's locks keep it off a disk
    /// that a domain or the target has open.
    /// </summary>
    /// <exception cref="MigrateException"><c>conversion.disk-in-use</c>, transient; <c>conversion.commit-failed</c>.</exception>
    public static async Task CommitAsync(ConversionTool tool, ConvertedDisk disk, TimeSpan limit, CancellationToken cancellationToken)
    {
        var result = await tool.RunAsync($"commit-{disk.DiskKey}", ["qemu-img", "commit", "-q", "-d", "-f", "qcow2", disk.Overlay], limit, null, cancellationToken);
        if (result.ExitCode != 0)
        {
            throw result.LastWords.Contains("lock", StringComparison.OrdinalIgnoreCase)
                ? new MigrateException(
                    "conversion.disk-in-use", $"{disk.Label} is in use by another program, so its conversion cannot be committed: {result.LastWords}",
                    $"End what has {disk.Backing} open, then retry the run.")
                { IsTransient = true }
                : Failed(disk, result.LastWords, null);
        }

        try
        {
            await SyncAsync(disk.Backing, cancellationToken);
        }
        catch (IOException e)
        {
            throw Failed(disk, e.Message, e);
        }
    }

    private static MigrateException Failed(ConvertedDisk disk, string why, Exception? inner) => new(
        "conversion.commit-failed", $"The conversion of {disk.Label} could not be committed to {disk.Backing}: {why}",
        "Make room there or mend the storage, then retry the run: it is committed again from its beginning. The domain cannot start before that; to give it up, roll the run back.", inner);

    public static async Task<string> HashAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 20, useAsync: true);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
    }

    /// <summary>libguestfs and qemu-img may leave it to the kernel when their bytes reach the disk.</summary>
    public static Task SyncAsync(string path, CancellationToken cancellationToken) => Task.Run(() => Durable.Sync(path), cancellationToken);

    private static async Task MustAsync(ConversionTool tool, string name, IReadOnlyList<string> command, TimeSpan limit, CancellationToken cancellationToken)
    {
        var result = await tool.RunAsync(name, command, limit, null, cancellationToken);
        if (result.ExitCode != 0)
        {
            throw new MigrateException(
                "conversion.overlay-failed", $"An overlay for the conversion cannot be made or read: {result.LastWords}",
                "Make room in the data directory, see that qemu-img works there, then retry the run; the copied data is as it was.");
        }
    }
}
