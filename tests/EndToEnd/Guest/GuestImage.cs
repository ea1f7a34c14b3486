using System.Security.Cryptography;

namespace Migrate.EndToEnd.Tests.Guest;

/// <summary>
/// A kernel of Debian's, unpacked, and an initramfs with nvme-cli, fio and what makes file systems: made once per machine, under a file lock.
/// </summary>
internal sealed record GuestImage(string KernelDirectory, string Initramfs)
{
    /// <summary>The distribution's own kernel.</summary>
    public const string Stable = "6.1";

    /// <summary>Backports' kernel: in-band authentication and TLS of NVMe/TCP, which <see cref="Stable"/> was built without.</summary>
    public const string Backports = "6.12";

    public static Task<GuestImage> PrepareAsync(CancellationToken cancellationToken) => PrepareAsync(Stable, cancellationToken);

    /// <param name="series"><see cref="Stable"/> or <see cref="Backports"/>.</param>
    /// <param name="cancellationToken">Ends waiting for another project that makes the same.</param>
    public static async Task<GuestImage> PrepareAsync(string series, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Repository.Artifacts);
        var kernel = Path.Combine(Repository.Artifacts, series == Stable ? "kernel" : $"kernel-{series}");
        var script = Repository.PathOf("eng", "guest", "initramfs.sh");
        var fingerprint = await FingerprintAsync(script, cancellationToken);
        var initramfs = Path.Combine(Repository.Artifacts, $"initramfs-{series}-{fingerprint}.cpio");
        await using var turn = await TakeLockAsync(Path.Combine(Repository.Artifacts, "guest.lock"), cancellationToken);
        if (!File.Exists(initramfs))
        {
            await Programs.OutputOfAsync("bash", Repository.PathOf("eng", "guest", "kernel.sh"), kernel, series);
            await Programs.OutputOfAsync("bash", script, kernel, initramfs, "--fio", "--bin", "/sbin/mke2fs", "--bin", "/sbin/mkfs.xfs");
        }

        return new GuestImage(kernel, initramfs);
    }

    /// <summary>Backports' kernel with the programs that a host needs for TLS beside it, under /tls.</summary>
    public static async Task<GuestImage> PrepareForTlsAsync(CancellationToken cancellationToken)
    {
        var image = await PrepareAsync(Backports, cancellationToken);
        var script = Repository.PathOf("eng", "guest", "tls.sh");
        var programs = Path.Combine(Repository.Artifacts, $"tls-{await FingerprintAsync(script, cancellationToken)}.cpio");
        var both = Path.ChangeExtension(image.Initramfs, null) + "-" + Path.GetFileName(programs);
        await using var turn = await TakeLockAsync(Path.Combine(Repository.Artifacts, "guest.lock"), cancellationToken);
        if (!File.Exists(both))
        {
            await Programs.OutputOfAsync("bash", script, programs);
            await using (var whole = File.Create(both + ".new"))
            {
                foreach (var part in new[] { image.Initramfs, programs })
                {
                    await using var archive = File.OpenRead(part);
                    await archive.CopyToAsync(whole, cancellationToken);
                }
            }

            File.Move(both + ".new", both, overwrite: true);
        }

        return image with { Initramfs = both };
    }

    // What a script makes is named by it, so that a changed script makes a new one.
    private static async Task<string> FingerprintAsync(string script, CancellationToken cancellationToken) =>
        Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(script, cancellationToken)))[..12];

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
