using Migrate.Planner.Baselines;
using Migrate.Planner.Inventory;

namespace Migrate.Planner.VSphere;

internal sealed class PerformanceReader(VSphereSession session)
{
    public Task<Baseline> ReadAsync(Vm vm, CancellationToken cancellationToken) => throw new NotImplementedException(session.About.FullName);
}
