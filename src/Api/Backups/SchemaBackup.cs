using System.Globalization;
using Migrate.Api.Hosting;
using Migrate.Planner;

namespace Migrate.Api.Backups;

/// <summary>A dump of a shared database before a new version changes its tables, beside everything else of the installation.</summary>
internal static partial class SchemaBackup
{
    /// <summary>Null when there is nothing to do: SQLite's file is copied by whoever migrates it.</summary>
    public static Func<string, CancellationToken, Task>? Of(ServeOptions options, TimeProvider time, ILoggerFactory loggers) => options.Database is not { } database || options.SkipSchemaBackup
        ? null
        : async (change, cancellationToken) =>
        {
            var path = Path.Combine(options.Data.Root, $"postgresql.before-{change}-{time.GetUtcNow().ToString("yyyyMMddTHHmmssfff", CultureInfo.InvariantCulture)}.dump");
            var part = Path.Combine(options.Data.Root, "postgresql.before.part"); // One name: what a start that was killed left is overwritten, and never looks like a dump.
            try
            {
                File.Delete(part);
                await OwnerOnlyFile.Create(part).DisposeAsync(); // pg_dump writes into what is there: never open to others, even while it is written.
                await DatabaseDump.TakeAsync(database, part, cancellationToken);
                File.Move(part, path);
            }
            catch (Exception e)
            {
                File.Delete(part);
                throw e is MigrateException known
                    ? new MigrateException(
                        known.Code, $"The database is of an older version and could not be backed up before its tables change: {known.Message}",
                        $"{known.Remedy} Or back it up yourself and start with --skip-schema-backup.", e)
                    : e;
            }

            LogBackedUp(loggers.CreateLogger(typeof(SchemaBackup)), path);
        };

    [LoggerMessage(616, LogLevel.Information, "The database was dumped to {Path} before its tables change")]
    private static partial void LogBackedUp(ILogger logger, string path);
}
