using System.Security.Cryptography;

namespace Migrate.EndToEnd.Tests.Guest;

/// <summary>Debian's kernel, unpacked, and an initramfs with nvme-cli, fio and mke2fs: made once per machine, under a file lock.</summary>
internal sealed record GuestImage(string KernelDirectory, string Initramfs)
{
    public static async Task<GuestImage> PrepareAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Repository.Artifacts);
        var kernel = Path.Combine(Repository.Artifacts, "kernel");
        var script = Repository.PathOf("eng", "guest", "initramfs.sh");
        // Named by the script that makes it, so that a changed script makes a new one.
        var fingerprint = Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(script, cancellationToken)))[..12];
        var initramfs = Path.Combine(Repository.Artifacts, $"initramfs-{fingerprint}.cpio");
        await using var turn = await TakeLockAsync(Path.Combine(Repository.Artifacts, "guest.lock"), cancellationToken);
        if (!File.Exists(initramfs))
        {
            await Programs.OutputOfAsync("bash", Repository.PathOf("eng", "guest", "kernel.sh"), kernel);
            await Programs.OutputOfAsync("bash", script, kernel, initramfs, "--fio", "--bin", "/sbin/mke2fs");
        }

        return new GuestImage(kernel, initramfs);
    }

    private static async Task<FileStream> TakeLockAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(200, cancellationToken); // another test project is making it
            }
        }
    }
}
