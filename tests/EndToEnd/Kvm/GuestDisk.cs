using System.Runtime.CompilerServices;

namespace Migrate.EndToEnd.Tests.Kvm;

/// <summary>Makes the demonstration guest's disk with eng/guest, from Debian's kernel package, which is fetched once.</summary>
internal static class GuestDisk
{
    public static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../.."));

    /// <summary>MIGRATE_GUEST_KERNEL names a directory that kernel.sh filled before.</summary>
    public static async Task<string> KernelDirectoryAsync()
    {
        var directory = Environment.GetEnvironmentVariable("MIGRATE_GUEST_KERNEL") ?? Path.Combine(Root(), "artifacts", "guest", "kernel");
        await Shell.RunAsync("bash", Path.Combine(Root(), "eng/guest/kernel.sh"), directory);
        return directory;
    }

    /// <summary>Returns the payload's hash as it was when the disk was made.</summary>
    public static async Task<string> MakeAsync(string path, params string[] options)
    {
        await Shell.RunAsync("bash", [Path.Combine(Root(), "eng/guest/disk.sh"), path, await KernelDirectoryAsync(), .. options]);
        return (await File.ReadAllTextAsync(path + ".sha256")).Trim();
    }
}
