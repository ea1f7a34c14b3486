using Migrate.Planner;

namespace Migrate.Executor.Conversion;

/// <summary>The programs that conversion needs on this machine.</summary>
internal static class ConversionPrograms
{
    public const string VirtV2vInPlace = "virt-v2v-in-place";

    /// <summary>Where distributions put what users are not to call.</summary>
    private static readonly string[] BesidePath = ["/usr/libexec", "/usr/sbin", "/sbin"];

    private static readonly (string Program, string Package)[] Needed =
        [(VirtV2vInPlace, "virt-v2v"), ("guestfish", "libguestfs-tools (guestfs-tools)"), ("qemu-img", "qemu-utils (qemu-img)"), ("setsid", "util-linux")];

    /// <exception cref="MigrateException"><c>conversion.tool-missing</c>.</exception>
    public static void MustBeThere(string vm)
    {
        List<(string Program, string Package)> missing = [.. Needed.Where(x => Find(x.Program) is null)];
        if (missing.Count > 0)
        {
            throw new MigrateException(
                "conversion.tool-missing",
                $"The plan wants the guest of '{vm}' converted, and this machine has no {string.Join(", no ", missing.Select(x => x.Program))}.",
                $"Install {string.Join(", ", missing.Select(x => x.Package))} here, then retry the run; or plan the VM with --convert never if its guest has virtio drivers.");
        }
    }

    public static string Path(string program) => Find(program) ?? program;

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Concat(BesidePath)
        .Select(directory => System.IO.Path.Combine(directory, program)).FirstOrDefault(File.Exists);
}
