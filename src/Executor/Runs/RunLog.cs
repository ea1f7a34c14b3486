using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs;

/// <summary>A run's log for people: every line is kept with the run, where whoever watches reads on, and is in the log of the process that wrote it.</summary>
public sealed partial class RunLog(IDbContextFactory<MigrateDb> databases, TimeProvider time, ILogger<RunLog> log)
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
        var severity = level switch { Error => LogLevel.Error, Warning => LogLevel.Warning, _ => LogLevel.Information };
        if (log.IsEnabled(severity))
        {
            var said = OneLine.Of(message); // Some of it is what a guest or a program wrote.
            LogLine(log, severity, runId, phase, said);
        }
    }

    [LoggerMessage(EventId = 563, Message = "Run {RunId} in {Phase}: {Line}")]
    private static partial void LogLine(ILogger log, LogLevel level, Guid runId, RunPhase phase, string line);
}
