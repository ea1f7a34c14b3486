namespace Migrate.Executor.Destinations;

/// <summary>
/// The bridges of this machine's kernel. libvirt looks for a domain's bridges only when it starts it, and by then the guest is down.
/// </summary>
internal static class HostBridges
{
    public static IReadOnlyList<string> Missing(IEnumerable<string> names, string devices = "/sys/class/net") =>
        [.. names.Distinct().Where(name => !Directory.Exists(Path.Combine(devices, name, "bridge")))];
}
