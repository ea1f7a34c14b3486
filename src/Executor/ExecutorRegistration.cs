using Microsoft.Extensions.DependencyInjection;

namespace Migrate.Executor;

public static class ExecutorRegistration
{
    /// <summary>
    /// Adds the executor: job engine, leases, reconciler, stepper and steps. Expects AddPlanner, logging, a TimeProvider and
    /// a started NvmeTarget (embedded) in the container.
    /// </summary>
    public static IServiceCollection AddExecutor(this IServiceCollection services, ExecutorOptions options) =>
        throw new NotImplementedException();
}
