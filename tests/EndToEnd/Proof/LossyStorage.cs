namespace Migrate.EndToEnd.Tests.Proof;

/// <summary>
/// A file system that can lose its power: behind a loop device, whose file has at any moment what was brought to the device and nothing of what
/// the kernel still had in its memory. Needs root.
/// </summary>
internal sealed class LossyStorage : IAsyncDisposable
{
    private readonly string _directory;
    private readonly string _boot;
    private string? _device;
    private int _image;

    private LossyStorage(string directory, string mount)
    {
        (_directory, Mount) = (directory, mount);
        _boot = Path.Combine(directory, "boot_id");
    }

    /// <summary>Where it is mounted.</summary>
    public string Mount { get; }

    private string Image => Path.Combine(_directory, $"device-{_image}.img");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="directory">For its device's file.</param>
    /// <param name="mount">Where it is to be seen; made if it is not there.</param>
    /// <param name="mebibytes">How large it is; it takes what is written to it.</param>
    public static async Task<LossyStorage> CreateAsync(string directory, string mount, long mebibytes)
    {
        var storage = new LossyStorage(directory, mount);
        Directory.CreateDirectory(mount);
        await Programs.OutputOfAsync("truncate", "-s", $"{mebibytes}M", storage.Image);
        await Programs.OutputOfAsync("mkfs.ext4", "-q", storage.Image);
        await storage.AttachAsync();
        await storage.BootAsync();
        return storage;
    }

    /// <summary>A program to be started on the machine of this storage: it sees another boot after each power cut, or it would think that the page cache survived.</summary>
    public (string Program, string[] Arguments) OnItsMachine(string program, params string[] arguments) =>
        ("unshare", ["--mount", "sh", "-c", "mount --bind \"$1\" /proc/sys/kernel/random/boot_id && shift && exec \"$@\"", "sh", _boot, program, .. arguments]);

    /// <summary>The storage is what its device has now. Whoever used it has to be dead; <paramref name="before"/> may still look at what is lost then.</summary>
    public async Task CutAsync(Func<Task>? before = null)
    {
        await Programs.OutputOfAsync("cp", "--sparse=always", Image, Path.Combine(_directory, $"device-{_image + 1}.img"));
        await (before?.Invoke() ?? Task.CompletedTask);
        await DetachAsync(); // What this writes goes to a device that nobody uses any more.
        File.Delete(Image);
        _image++;
        await AttachAsync();
        await BootAsync();
    }

    public async ValueTask DisposeAsync() => await DetachAsync();

    private Task BootAsync() => File.WriteAllTextAsync(_boot, $"{Guid.NewGuid()}\n", Cancellation);

    private async Task AttachAsync()
    {
        _device = (await Programs.OutputOfAsync("losetup", "--find", "--show", Image)).Trim();
        await Programs.OutputOfAsync("mount", "-o", "noatime", _device, Mount);
    }

    private async Task DetachAsync()
    {
        if (_device is not null)
        {
            await Programs.OutputOfAsync("umount", Mount);
            await Programs.OutputOfAsync("losetup", "--detach", _device);
            _device = null;
        }
    }
}
