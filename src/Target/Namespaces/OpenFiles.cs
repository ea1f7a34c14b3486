namespace Migrate.Target.Namespaces;

/// <summary>Who has a file or device open.</summary>
internal static class OpenFiles
{
    /// <summary>The processes other than this one, with name and number; without root's rights only those of the same user.</summary>
    public static IReadOnlyList<string> ProcessesWith(StorageId id, HostTree host) =>
        [.. from process in HostTree.Entries(host.Proc)
            let number = Path.GetFileName(process)
            where int.TryParse(number, out var pid) && pid != Environment.ProcessId
            where HostTree.Entries(process, "fd").Any(open => Posix.StatusOf(open) is { } status && status.Id == id)
            select $"{HostTree.Text(process, "comm") ?? "process"} (process {number})"];
}
