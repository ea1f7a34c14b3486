using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor;
using Migrate.Executor.Jobs;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Health;

/// <summary>What server and workers cannot do without.</summary>
internal sealed class OwnChecks(IDbContextFactory<MigrateDb> databases, Reconciler reconciler, ExecutorOptions executor, TimeProvider time)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public async Task<HealthCheck> DatabaseAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await using var db = await databases.CreateDbContextAsync(patience.Token);
            var pending = (await db.Database.GetPendingMigrationsAsync(patience.Token)).Count();
            return pending == 0
                ? new HealthCheck("database", HealthStatus.Ok, "reachable, its schema is this version's")
                : new HealthCheck("database", HealthStatus.Failed, $"{pending} migrations are not applied");
        }
        catch (Exception e) when (DatabaseTrouble.Is(e) || e is SocketException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new HealthCheck("database", HealthStatus.Failed, e is OperationCanceledException ? $"no answer within {Patience.TotalSeconds:0} s" : e.GetBaseException().Message);
        }
    }

    /// <summary>A round of the reconciler reads the job engine and our tables.</summary>
    public HealthCheck Jobs()
    {
        var silence = time.GetUtcNow() - reconciler.LastRoundAt;
        return silence <= (3 * executor.ReconcileEvery) + TimeSpan.FromMinutes(1)
            ? new HealthCheck("jobs", HealthStatus.Ok, $"answered {silence.TotalSeconds:0} s ago")
            : new HealthCheck("jobs", HealthStatus.Failed, $"the job engine has not answered for {silence.TotalSeconds:0} s");
    }
}
