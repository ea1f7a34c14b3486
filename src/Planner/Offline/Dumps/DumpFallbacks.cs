using System.Collections.Frozen;

namespace Migrate.Planner.Offline.Dumps;

/// <summary>
/// Where a dump may have the same fact a second time: people cut dumps down before they give them away, and a disconnected VM has a
/// summary and no configuration.
/// </summary>
internal static class DumpFallbacks
{
    private static readonly FrozenDictionary<string, string> OfVm = new Dictionary<string, string>
    {
        ["name"] = "summary.config.name",
        ["config.uuid"] = "summary.config.uuid",
        ["config.instanceUuid"] = "summary.config.instanceUuid",
        ["config.guestId"] = "summary.config.guestId",
        ["config.guestFullName"] = "summary.config.guestFullName",
        ["config.annotation"] = "summary.config.annotation",
        ["config.template"] = "summary.config.template",
        ["config.managedBy"] = "summary.config.managedBy",
        ["config.files.vmPathName"] = "summary.config.vmPathName",
        ["config.hardware.numCPU"] = "summary.config.numCpu",
        ["config.hardware.memoryMB"] = "summary.config.memorySizeMB",
        ["config.ftInfo"] = "summary.config.ftInfo",
        ["config.version"] = "summary.config.hwVersion",
        ["runtime.powerState"] = "summary.runtime.powerState",
        ["runtime.connectionState"] = "summary.runtime.connectionState",
        ["runtime.host"] = "summary.runtime.host",
        ["runtime.consolidationNeeded"] = "summary.runtime.consolidationNeeded",
        ["guest.hostName"] = "summary.guest.hostName",
        ["guest.ipAddress"] = "summary.guest.ipAddress",
        ["guest.toolsRunningStatus"] = "summary.guest.toolsRunningStatus",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> OfHost = new Dictionary<string, string>
    {
        ["name"] = "summary.config.name",
        ["config.product.version"] = "summary.config.product.version",
        ["config.product.build"] = "summary.config.product.build",
        ["runtime.connectionState"] = "summary.runtime.connectionState",
        ["runtime.inMaintenanceMode"] = "summary.runtime.inMaintenanceMode",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> OfDatastore = new Dictionary<string, string>
    {
        ["name"] = "summary.name",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The other path of <paramref name="path"/> in an object of <paramref name="type"/>; null when there is none.</summary>
    public static string? Of(string type, string path) => type switch
    {
        "VirtualMachine" => OfVm.GetValueOrDefault(path),
        "HostSystem" => OfHost.GetValueOrDefault(path),
        "Datastore" => OfDatastore.GetValueOrDefault(path),
        _ => null,
    };
}
