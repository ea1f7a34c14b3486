using System.Globalization;

namespace Migrate.Target.Namespaces;

/// <summary>Which other processes have which files and devices open; without root's rights only those of the same user.</summary>
internal static class OpenFiles
{
    private const int AccessMode = 3;

    /// <summary>The processes that have it open, with name and number.</summary>
    public static IReadOnlyList<string> ProcessesWith(StorageId id, HostTree host) =>
        [.. All(host).Where(open => open.Id == id).Select(open => open.Process).Distinct()];

    /// <summary>The processes that have something open for writing. Not all programs that write to disks lock them: tgtd and SPDK do not.</summary>
    public static ILookup<StorageId, string> Writers(HostTree host) =>
        All(host).Where(open => MayWrite(open.Path)).ToLookup(open => open.Id, open => open.Process);

    private static IEnumerable<(StorageId Id, string Path, string Process)> All(HostTree host) =>
        from process in HostTree.Entries(host.Proc)
        let number = Path.GetFileName(process)
        where int.TryParse(number, CultureInfo.InvariantCulture, out var pid) && pid != Environment.ProcessId
        from path in HostTree.Entries(process, "fd")
        let status = Posix.StatusOf(path)
        where status is { IsFile: true } or { IsBlockDevice: true }
        select (status.Value.Id, path, $"{HostTree.Text(process, "comm") ?? "process"} (process {number})");

    // proc_pid_fdinfo(5): the flags are octal, O_RDONLY is 0.
    private static bool MayWrite(string open)
    {
        var (process, descriptor) = (Path.GetDirectoryName(Path.GetDirectoryName(open))!, Path.GetFileName(open));
        var flags = HostTree.Text(process, "fdinfo", descriptor)?.Split('\n').FirstOrDefault(line => line.StartsWith("flags:", StringComparison.Ordinal));
        return flags is not null && (Convert.ToInt32(flags[6..].Trim(), 8) & AccessMode) != 0;
    }
}
