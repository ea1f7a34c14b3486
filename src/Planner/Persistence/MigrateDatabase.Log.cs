using Microsoft.Extensions.Logging;

namespace Migrate.Planner.Persistence;

public sealed partial class MigrateDatabase
{
    [LoggerMessage(401, LogLevel.Information, "Applying migrations to the database: {Count} ({Database})")]
    private partial void LogMigrating(int count, DatabaseOptions database);

    [LoggerMessage(402, LogLevel.Information, "Backed up {Path} to {Backup} before migrating it")]
    private partial void LogBackedUp(string path, string backup);

    [LoggerMessage(403, LogLevel.Warning, "Cleared the migration lock that a process left in {Path} when it was killed")]
    private partial void LogClearedStaleLock(string path);
}
