namespace Migrate.EndToEnd.Tests.Kvm;

/// <summary>Makes the demonstration guest's disk with eng/guest, from Debian's kernel package, which is fetched once.</summary>
internal static class GuestDisk
{
    public static async Task<string> KernelDirectoryAsync()
    {
        var directory = Path.Combine(Repository.Artifacts, "kernel");
        await Programs.OutputOfAsync("bash", Repository.PathOf("eng", "guest", "kernel.sh"), directory);
        return directory;
    }

    /// <summary>Returns the payload's hash as it was when the disk was made.</summary>
    public static async Task<string> MakeAsync(string path, params string[] options)
    {
        await Programs.OutputOfAsync("bash", [Repository.PathOf("eng", "guest", "disk.sh"), path, await KernelDirectoryAsync(), .. options]);
        return (await File.ReadAllTextAsync(path + ".sha256")).Trim();
    }
}
