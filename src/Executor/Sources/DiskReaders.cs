using Microsoft.Extensions.Logging;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;
using Migrate.Planner.VSphere;

namespace Migrate.Executor.Sources;

/// <summary>Opens the readers of one source's disks: one of these per session, so that all its copies share the limit on requests.</summary>
public sealed class DiskReaders(VSphereSession session, TimeProvider time, ILoggerFactory loggers)
{
    /// <summary>The reader that the plan chose for the disk.</summary>
    public Task<IDiskReader> OpenAsync(Vm vm, PlannedDisk disk, CancellationToken cancellationToken)
    {
        _ = (session, time, loggers);
        throw new NotImplementedException();
    }
}
