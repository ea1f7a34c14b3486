namespace Migrate.Planner.VSphere;

/// <summary>
/// Properties that came after 6.5, the oldest version spoken. A server refuses the whole question over one that it does not know, and
/// that it has none is no gap: a VM of 6.7 has no SEV that could have been missed.
/// </summary>
internal static class YoungProperties
{
    private static readonly Dictionary<string, Version> Since = new(StringComparer.Ordinal)
    {
        ["VirtualMachine runtime.cryptoState"] = new(6, 7),
        ["VirtualMachine runtime.instantCloneFrozen"] = new(6, 7),
        ["VirtualMachine config.sgxInfo"] = new(7, 0),
        ["VirtualMachine config.sevEnabled"] = new(7, 0, 1),
        ["VirtualMachine config.ftEncryptionMode"] = new(7, 0, 2),
        ["VirtualMachine config.numaInfo"] = new(8, 0),
        ["VirtualMachine config.hardware.autoCoresPerSocket"] = new(8, 0),
        ["VirtualMachine config.hardware.simultaneousThreads"] = new(8, 0),
        ["VirtualMachine config.hardware.motherboardLayout"] = new(8, 0),
        ["HostSystem config.network.rdmaDevice"] = new(7, 0),
        ["HostSystem config.storageDevice.nvmeTopology"] = new(7, 0),
        ["VirtualMachine config.tdxEnabled"] = new(9, 0),
    };

    /// <summary>The paths that a server of <paramref name="apiVersion"/> can know; all of them when the version makes no sense.</summary>
    public static IReadOnlyList<string> Without(string type, IReadOnlyList<string> paths, string apiVersion) => Version.TryParse(apiVersion, out var version)
        ? [.. paths.Where(path => !Since.TryGetValue($"{type} {path}", out var since) || version >= since)]
        : paths;
}
