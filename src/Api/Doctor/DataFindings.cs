using Microsoft.EntityFrameworkCore;
using Migrate.Api.Health;
using Migrate.Api.Hosting;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Doctor;

/// <summary>What the server keeps: its directory, what must be closed in it, its database.</summary>
internal static class DataFindings
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    public static IEnumerable<Finding> OfDirectory(DataDirectory data)
    {
        if (!Directory.Exists(data.Root))
        {
            yield return Finding.Warn("data directory", $"{data.Root} is not there yet.", "It is made by the first 'migrate serve'; name another one with --data.");
            yield break;
        }

        var mode = File.GetUnixFileMode(data.Root);
        yield return (mode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0
            ? Finding.Fail("data directory", $"{data.Root} can be written by others.", $"chmod go-w {data.Root}")
            : (mode & UnixFileMode.OtherExecute) == 0
                ? Finding.Warn("data directory", $"{data.Root} lets nobody through: QEMU's user cannot open disks below it.", $"chmod o+x {data.Root}; what is secret inside is closed by itself.")
                : Finding.Ok("data directory", data.Root);
        foreach (var (name, path) in new[] { ("admin token", data.Token), ("database file", data.Database), ("signing key", Path.Combine(data.Root, "installation.key")) }.Where(x => File.Exists(x.Item2)))
        {
            yield return (File.GetUnixFileMode(path) & Others) == 0
                ? Finding.Ok(name, $"{path} is closed to others")
                : Finding.Fail(name, $"{path} can be read or written by others.", $"chmod 600 {path}; a token that others may have read is renewed by deleting it and starting the server again.");
        }

        if (!Directory.Exists(data.Keys) || Directory.GetFiles(data.Keys, "key-*.xml").Length == 0)
        {
            yield return Finding.Warn("keys", $"{data.Keys} holds no keys yet.", "They are made by the first 'migrate serve'. If there was one: without its keys sources' passwords cannot be read; restore them from a backup.");
        }
        else
        {
            yield return (File.GetUnixFileMode(data.Keys) & Others) == 0
                ? Finding.Ok("keys", $"{data.Keys} is closed to others")
                : Finding.Fail("keys", $"{data.Keys} can be read or written by others.", $"chmod 700 {data.Keys}");
        }

        var free = new DriveInfo(data.Root).AvailableFreeSpace;
        yield return free < Readiness.LeastFreeBytes ? Finding.Fail("disk space", $"{Text.Bytes(free)} free in {data.Root}: the database soon cannot be written.", "Make room: disks of runs that were rolled back, old backups.")
            : free < Readiness.LittleFreeBytes ? Finding.Warn("disk space", $"{Text.Bytes(free)} free in {data.Root}.", "Make room before disks are copied to this machine.")
            : Finding.Ok("disk space", $"{Text.Bytes(free)} free in {data.Root}");
    }

    public static async Task<Finding> OfDatabaseAsync(DataDirectory data, DatabaseOptions? shared, CancellationToken cancellationToken)
    {
        if (shared is null && !File.Exists(data.Database))
        {
            return Finding.Warn("database", $"{data.Database} is not there yet.", "It is made by the first 'migrate serve'.");
        }

        try
        {
            if (shared is not null)
            {
                await new PostgresCheck(shared, TimeProvider.System).RunAsync(needsSchema: false, cancellationToken);
            }

            await using var db = await MigrateDatabase.CreateFactory(shared ?? DatabaseOptions.Sqlite(data.Database)).CreateDbContextAsync(cancellationToken);
            List<string> known = [.. db.Database.GetMigrations()];
            List<string> applied = [.. await db.Database.GetAppliedMigrationsAsync(cancellationToken)];
            if (applied.Except(known).Any())
            {
                return Finding.Fail("database", "It was migrated by a newer version of this program.", "Install that version, or restore the backup that was made before it started first.");
            }

            if (shared is null && (await db.Database.SqlQueryRaw<string>("SELECT quick_check AS Value FROM pragma_quick_check").ToListAsync(cancellationToken)) is var said && said is not ["ok"])
            {
                return Finding.Fail("database", $"SQLite finds it damaged: {string.Join("; ", said.Take(3))}", "Stop the server and restore the newest backup ('migrate restore').");
            }

            return known.Count > applied.Count
                ? Finding.Warn("database", $"{known.Count - applied.Count} migrations are not applied yet.", "The next start of the server applies them, after a backup.")
                : Finding.Ok("database", shared is null ? $"{data.Database}, sound, of this version" : "PostgreSQL, reachable, of this version");
        }
        catch (MigrateException e)
        {
            return Finding.Fail("database", e.Message, e.Remedy);
        }
        catch (Exception e) when (DatabaseTrouble.Is(e))
        {
            return Finding.Fail("database", $"It cannot be read: {e.GetBaseException().Message}", "Run this as the server's user or as root; if the file is damaged, restore the newest backup.");
        }
    }
}
