using System.Text.RegularExpressions;

namespace Migrate.Target.Namespaces;

/// <summary>What the kernel itself uses on this machine: mounted file systems, swap, loop devices, exports of the other targets.</summary>
internal static partial class KernelUses
{
    public static IReadOnlyList<StorageUse> Find(HostTree host) =>
        [.. Mounts(host), .. Swap(host), .. Loops(host), .. Nvmet(host), .. Lio(host), .. Scst(host)];

    // proc_pid_mountinfo(5): the third field is the file system's device. File systems that span several, as btrfs does, have a
    // made-up number there and one of their devices as the source, the second field after the lone hyphen.
    private static IEnumerable<StorageUse> Mounts(HostTree host)
    {
        foreach (var line in Lines(host, "self/mountinfo"))
        {
            var fields = line.Split(' ');
            var hyphen = Array.IndexOf(fields, "-");
            if (hyphen < 6 || fields.Length < hyphen + 3)
            {
                continue;
            }

            var point = Unescape(fields[4]);
            var source = Unescape(fields[hyphen + 2]);
            var (by, remedy) = ($"mounted at {point}", $"Unmount {point}.");
            if (StorageId.Device(fields[2]) is { Major: > 0 } device)
            {
                yield return new StorageUse(device, by, remedy);
            }
            else if (source.StartsWith('/'))
            {
                foreach (var use in StorageUse.Of(source, by, remedy).Where(use => use.Id.IsDevice))
                {
                    yield return use;
                }
            }
        }
    }

    private static IEnumerable<StorageUse> Swap(HostTree host) => Lines(host, "swaps").Skip(1).Select(line => Unescape(line.Split(' ', '\t')[0]))
        .SelectMany(path => StorageUse.Of(path, "in use as swap space", $"Run: swapoff {path}"));

    private static IEnumerable<StorageUse> Loops(HostTree host) => HostTree.Entries(host.Sys, "block")
        .Select(directory => (Name: Path.GetFileName(directory), Path: HostTree.Text(directory, "loop/backing_file")))
        .SelectMany(loop => StorageUse.Of(loop.Path, $"attached to the loop device /dev/{loop.Name}", $"Run: losetup -d /dev/{loop.Name}"));

    private static IEnumerable<StorageUse> Nvmet(HostTree host) =>
        from subsystem in HostTree.Entries(host.ConfigFs, "nvmet/subsystems")
        from one in HostTree.Entries(subsystem, "namespaces")
        where HostTree.Text(one, "enable") == "1"
        let name = $"{Path.GetFileName(subsystem)}, namespace {Path.GetFileName(one)}"
        from use in StorageUse.Of(HostTree.Text(one, "device_path"), $"exported by the kernel's NVMe target (nvmet: {name})",
            $"Run: echo 0 > {one}/enable", isExport: true)
        select use;

    // What was opened stands in info: a file after "File: ", a block device by its numbers. udev_path is what the operator said.
    private static IEnumerable<StorageUse> Lio(HostTree host) =>
        from adapter in HostTree.Entries(host.ConfigFs, "target/core")
        from one in HostTree.Entries(adapter)
        let info = HostTree.Text(one, "info") ?? ""
        let device = InfoDevice().Match(info)
        let opened = StorageId.Device($"{device.Groups["major"]}:{device.Groups["minor"]}")
        let paths = new[] { HostTree.Text(one, "udev_path"), InfoFile().Match(info).Groups["path"].Value }
        from id in paths.Select(path => path is { Length: > 0 } ? Posix.StatusOf(path)?.Id : null).Append(opened).OfType<StorageId>().Distinct()
        select new StorageUse(id, $"exported by the kernel's SCSI target (LIO: {Path.GetFileName(adapter)}/{Path.GetFileName(one)})",
            $"Remove the backstore {Path.GetFileName(one)} with targetcli.", IsExport: true);

    // The first line is the path, a second one may say "[key]".
    private static IEnumerable<StorageUse> Scst(HostTree host) =>
        from one in HostTree.Entries(host.Sys, "kernel/scst_tgt/devices")
        from use in StorageUse.Of(HostTree.Text(one, "filename")?.Split('\n')[0], $"exported by SCST (device {Path.GetFileName(one)})",
            $"Remove the device {Path.GetFileName(one)} with scstadmin.", isExport: true)
        select use;

    private static string[] Lines(HostTree host, string path) => HostTree.Text(host.Proc, path)?.Split('\n') ?? [];

    /// <summary>Blanks in paths are octal here (\040).</summary>
    private static string Unescape(string field) => Octal().Replace(field, match => ((char)Convert.ToInt32(match.Groups["code"].Value, 8)).ToString());

    [GeneratedRegex(@"\\(?<code>[0-7]{3})")]
    private static partial Regex Octal();

    [GeneratedRegex("File: (?<path>/.*?)  Size: ")]
    private static partial Regex InfoFile();

    [GeneratedRegex("Major: (?<major>[0-9]+) +Minor: (?<minor>[0-9]+)")]
    private static partial Regex InfoDevice();
}
