using Microsoft.Extensions.Logging;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs;

internal static class DiskNames
{
    /// <summary>Whatever is logged meanwhile bears the disk's names, beside its run's.</summary>
    public static IDisposable? BeginDisk(this ILogger log, RunDisk disk) =>
        log.BeginScope(new Dictionary<string, object> { ["disk"] = disk.Label, ["namespace"] = disk.NamespaceUuid });
}
