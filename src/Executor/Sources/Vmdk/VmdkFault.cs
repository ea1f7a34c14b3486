using Migrate.Planner;

namespace Migrate.Executor.Sources.Vmdk;

/// <summary>The ways in which a stream-optimized VMDK can be wrong.</summary>
internal static class VmdkFault
{
    public static MigrateException Truncated(long position, Exception? inner = null) => new("source.stream-truncated",
        $"The exported disk ended early, after {position} bytes of the stream{(inner is null ? "" : $" ({inner.Message})")}.",
        "Retry: the disk is exported again; extents that are already safe are checked and not written again.", inner)
    { IsTransient = true };

    public static MigrateException Corrupt(string what, Exception? inner = null) => new("source.stream-corrupt",
        $"The exported disk is damaged: {what}.", "Retry the export. If it fails at the same place, check the disk on the source (vmkfstools -x check).", inner);

    public static MigrateException NotStreamOptimized(string why) => new("source.stream-format",
        $"What the source sends is not a stream-optimized VMDK: {why}.", "See what answers at the source's address (a proxy's page, another format?) and retry.");
}
