using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs;

/// <summary>A run's log for people: every line is kept with the run, where whoever watches reads on.</summary>
public sealed class RunLog(IDbContextFactory<MigrateDb> databases, TimeProvider time)
{
    public const string Info = "info";
    public const string Warning = "warning";
    public const string Error = "error";

    public async Task WriteAsync(Guid runId, RunPhase phase, string level, string message, CancellationToken cancellationToken)
    {
        var line = new RunEvent { RunId = runId, At = time.GetUtcNow().UtcDateTime, Phase = phase, Level = level, Message = message };
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        db.RunEvents.Add(line);
        await db.SaveChangesAsync(cancellationToken);
    }
}
