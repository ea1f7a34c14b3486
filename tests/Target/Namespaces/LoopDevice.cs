using Migrate.Target.Namespaces;

namespace Migrate.Target.Tests.Namespaces;

/// <summary>A block device of the kernel's over a file. Needs root.</summary>
internal sealed class LoopDevice : IAsyncDisposable
{
    private int _partitions;

    private LoopDevice(string path, string file)
    {
        Path = path;
        File = file;
    }

    public string Path { get; }

    public string Name => System.IO.Path.GetFileName(Path);

    public string File { get; }

    public static async Task<LoopDevice> AttachAsync(string file, int blockSize = 512) =>
        new((await Programs.OutputOfAsync("losetup", "--find", "--show", "--sector-size", $"{blockSize}", file)).Trim(), file);

    /// <summary>Over a new file of zeroes.</summary>
    public static async Task<LoopDevice> MakeAsync(string directory, long bytes, int blockSize = 512)
    {
        var file = System.IO.Path.Combine(directory, $"{Guid.NewGuid():N}.img");
        await using (var made = System.IO.File.Create(file))
        {
            made.SetLength(bytes);
        }

        return await AttachAsync(file, blockSize);
    }

    /// <summary>Tells the kernel of a partition; the disk itself needs no table for that.</summary>
    /// <returns>Its path.</returns>
    public async Task<string> AddPartitionAsync(long firstSector, long sectors)
    {
        _partitions++;
        await Programs.OutputOfAsync("addpart", Path, $"{_partitions}", $"{firstSector}", $"{sectors}");
        return $"{Path}p{_partitions}";
    }

    public async ValueTask DisposeAsync()
    {
        // The kernel keeps them with the device, for the next file that is attached to it.
        for (; _partitions > 0; _partitions--)
        {
            await Programs.OutputOfAsync("delpart", Path, $"{_partitions}");
        }

        await Programs.OutputOfAsync("losetup", "--detach", Path);

        // Detached only once nobody has it open, be it somebody who looks for a free one.
        var attached = $"/sys/block/{Name}/loop/backing_file";
        for (var attempt = 0; attempt < 3000 && HostTree.Text(attached) == File; attempt++)
        {
            await Task.Delay(10);
        }
    }
}
