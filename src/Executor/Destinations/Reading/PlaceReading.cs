using System.Globalization;
using System.Text.Json;
using Migrate.Executor.Destinations.Facts;

namespace Migrate.Executor.Destinations.Reading;

/// <summary>Block devices and file systems from the JSON of lsblk and findmnt, exports from the kernel's targets.</summary>
internal static class PlaceReading
{
    private static readonly string[] KernelFileSystems =
        ["autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs", "fusectl", "hugetlbfs", "mqueue", "nsfs", "proc", "pstore", "ramfs", "securityfs", "sysfs", "tracefs", "rpc_pipefs"];

    /// <summary>A device with several parents has a line for each.</summary>
    public static IReadOnlyList<HostBlockDevice> Blocks(string text)
    {
        using var document = JsonDocument.Parse(text[text.IndexOf('{')..]);
        List<JsonElement> rows = [.. document.RootElement.GetProperty("blockdevices").EnumerateArray()];
        var paths = rows.DistinctBy(row => Text(row, "name")).ToDictionary(row => Text(row, "name") ?? "", row => Text(row, "path") ?? "");
        return
        [
            .. rows.GroupBy(row => Text(row, "path") ?? "").Select(same => (Path: same.Key, First: same.First(), All: same)).Select(one => new HostBlockDevice
            {
                Path = one.Path,
                Type = Text(one.First, "type") ?? "",
                Parents = [.. one.All.Select(row => Text(row, "pkname")).OfType<string>().Select(parent => paths.GetValueOrDefault(parent, parent)).Distinct()],
                SizeBytes = Number(one.First, "size"),
                Rotational = Text(one.First, "rota") is "1" or "true",
                DiscardMaxBytes = Number(one.First, "disc-max"),
                FileSystem = Text(one.First, "fstype"),
                Scheduler = Text(one.First, "sched"),
                Transport = Text(one.First, "tran"),
                Serial = Text(one.First, "serial"),
                Wwn = Text(one.First, "wwn"),
                MountPoints = Points(one.First),
            }),
        ];
    }

    /// <summary>What keeps data; the kernel's own file systems are left out.</summary>
    public static IReadOnlyList<HostMount> Mounts(string text)
    {
        using var document = JsonDocument.Parse(text[text.IndexOf('{')..]);
        return
        [
            .. document.RootElement.GetProperty("filesystems").EnumerateArray()
                .Select(row => new HostMount(Text(row, "target") ?? "", Text(row, "source") ?? "", Text(row, "fstype") ?? "", Text(row, "options") ?? "", Number(row, "size"), Number(row, "avail")))
                .Where(mount => mount.SizeBytes > 0 && !KernelFileSystems.Contains(mount.FileSystem)),
        ];
    }

    public static IReadOnlyList<HostExport> Exports(string text) =>
    [
        .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')).Where(words => words.Length == 3 && words[2].Trim().Length > 0)
            .Select(words => new HostExport(words[0].Trim(), words[1], words[2].Trim())),
    ];

    private static List<string> Points(JsonElement row) => row.TryGetProperty("mountpoints", out var all) && all.ValueKind == JsonValueKind.Array
        ? [.. all.EnumerateArray().Where(point => point.ValueKind == JsonValueKind.String).Select(point => point.GetString()!)]
        : Text(row, "mountpoint") is { } one ? [one] : [];

    /// <summary>lsblk of some releases writes numbers and flags as texts.</summary>
    private static string? Text(JsonElement row, string name) => !row.TryGetProperty(name, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Null => null,
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => value.GetRawText(),
    };

    private static long Number(JsonElement row, string name) =>
        long.TryParse(Text(row, name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
