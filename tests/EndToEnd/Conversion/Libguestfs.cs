using System.Security.Cryptography;
using Migrate.EndToEnd.Tests.Kvm;
using Migrate.Executor.Conversion;

namespace Migrate.EndToEnd.Tests.Conversion;

/// <summary>
/// What libguestfs needs of a machine that has no kernel installed and on which KVM may not work: Debian's kernel, unpacked, and TCG. The same for tools that a
/// test runs, and for a server in a process of its own, which inherits it.
/// </summary>
internal static class Libguestfs
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Tests that need it run beside each other.</summary>
    private static readonly SemaphoreSlim Gate = new(1);
    private static IReadOnlyDictionary<string, string>? _environment;

    public static async Task<IReadOnlyDictionary<string, string>> EnvironmentAsync()
    {
        await Gate.WaitAsync(Cancellation);
        try
        {
            return _environment ??= await MakeEnvironmentAsync();
        }
        finally
        {
            Gate.Release();
        }
    }

    private static async Task<IReadOnlyDictionary<string, string>> MakeEnvironmentAsync()
    {
        var kernel = await GuestDisk.KernelDirectoryAsync();
        var version = Path.GetFileName(Directory.GetDirectories(Path.Combine(kernel, "lib", "modules")).Single());
        var cache = Directory.CreateDirectory(Path.Combine(Repository.Artifacts, "libguestfs")).FullName;
        Directory.CreateDirectory("/lib/modules"); // supermin wants it, empty or not
        // virt-v2v gives its small VM every processor, and QEMU 7.2 without KVM was seen to hang with two: one of them turned for ever in the guest's kernel.
        var hypervisor = Path.Combine(cache, "qemu-with-one-cpu");
        await File.WriteAllTextAsync(
            hypervisor, "#!/bin/bash\na=()\nwhile [ $# -gt 0 ]; do case $1 in -smp) shift 2;; *) a+=(\"$1\"); shift;; esac; done\nexec qemu-system-x86_64 \"${a[@]}\"\n", Cancellation);
        File.SetUnixFileMode(hypervisor, (UnixFileMode)Convert.ToInt32("755", 8));
        return new Dictionary<string, string>
        {
            ["LIBGUESTFS_BACKEND"] = "direct",
            ["LIBGUESTFS_BACKEND_SETTINGS"] = "force_tcg",
            ["LIBGUESTFS_HV"] = hypervisor,
            ["LIBGUESTFS_CACHEDIR"] = cache,
            ["LIBGUESTFS_TMPDIR"] = cache,
            ["SUPERMIN_KERNEL"] = Path.Combine(kernel, "boot", $"vmlinuz-{version}"),
            ["SUPERMIN_KERNEL_VERSION"] = version,
            ["SUPERMIN_MODULES"] = Path.Combine(kernel, "lib", "modules", version),
        };
    }

    /// <summary>Also what takes long.</summary>
    public static bool IsAllWanted => Environment.GetEnvironmentVariable("MIGRATE_CONVERSIONS") == "all";

    /// <summary>For whatever this process starts.</summary>
    public static async Task PrepareAsync()
    {
        foreach (var (key, value) in await EnvironmentAsync())
        {
            Environment.SetEnvironmentVariable(key, value);
        }
    }

    public static async Task<ConversionOptions> OptionsAsync() => new() { Environment = await EnvironmentAsync() };

    /// <summary>A disk with a Debian; its tree is made once, and named by what makes it.</summary>
    public static async Task<string> DebianAsync(string path, params string[] options)
    {
        var script = Repository.PathOf("eng", "guest", "debian.sh");
        var fingerprint = Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(script, Cancellation)))[..12];
        var tree = Path.Combine(Repository.Artifacts, $"debian-{fingerprint}.tar");
        await Gate.WaitAsync(Cancellation);
        try
        {
            if (!File.Exists(tree))
            {
                await Programs.OutputOfAsync("bash", script, "tree", tree);
            }
        }
        finally
        {
            Gate.Release();
        }

        await Programs.OutputOfAsync("bash", [script, "disk", path, tree, .. options]);
        return path;
    }
}
