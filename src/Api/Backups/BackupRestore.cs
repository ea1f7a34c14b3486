using System.Diagnostics;
using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Migrate.Api.Hosting;
using Migrate.Executor.Jobs;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Backups;

/// <summary>Puts a backup back where no server runs. All of it is read and compared before anything is touched; what was there is moved aside, never deleted.</summary>
internal static class BackupRestore
{
    /// <summary>
    /// The target remembers the highest epoch of each namespace. After the backup runs went on and took higher ones; those that are restored have to be beyond them.
    /// </summary>
    private const long EpochsAhead = 1_000_000;

    private static readonly string[] Replaced =
    [
        "migrate.db", "migrate.db-wal", "migrate.db-shm", "jobs.db", "jobs.db-wal", "jobs.db-shm", .. BackupContent.Secrets, "audit.head", .. BackupContent.Folders,
    ];

    /// <summary>What was restored, and where what was there before is now; null when nothing was.</summary>
    public static async Task<(BackupContent Content, string? Before)> RestoreAsync(
        DataDirectory data, DatabaseOptions? shared, string file, string? passphrase, bool force, TimeProvider time, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(data.Root);
        using var held = DataDirectoryLock.Take(data.Root); // Refuses while a server runs.
        var staging = Directory.CreateDirectory(Path.Combine(data.Root, $".restore-{Guid.NewGuid():N}"), OwnerOnlyFile.Mode | UnixFileMode.UserExecute).FullName;
        try
        {
            var content = await UnpackAsync(file, passphrase, staging, cancellationToken);
            Check(content, shared);
            await using var alone = shared is null ? null : await ServeLock.TakeAsync(shared, null, cancellationToken);
            var there = Replaced.Where(x => IsThere(data.Root, x)).ToList();
            if (!force && (there.Count > 0 || (shared is not null && await DatabaseDump.IsUsedAsync(shared, cancellationToken))))
            {
                throw new MigrateException(
                    "restore.not-empty", $"There is an installation already: {(there.Count > 0 ? $"{data.Root} has {string.Join(", ", there)}" : "the database has tables")}.",
                    "Restore into an empty directory, or give --force: files are then moved aside within the data directory, and the tables of a PostgreSQL are replaced.");
            }

            if (shared is not null)
            {
                await DatabaseDump.PutBackAsync(shared, Path.Combine(staging, BackupContent.DumpName), cancellationToken);
                File.Delete(Path.Combine(staging, BackupContent.DumpName));
            }

            var before = MoveAside(data.Root, there, time);
            foreach (var entry in Directory.GetFileSystemEntries(staging))
            {
                Directory.Move(entry, Path.Combine(data.Root, Path.GetFileName(entry)));
            }

            data.Create();
            SqliteConnection.ClearAllPools(); // None may still lead to the file that was moved aside.
            await RaiseEpochsAsync(shared ?? DatabaseOptions.Sqlite(data.Database), cancellationToken);
            await GiveToOwnerAsync(data.Root, cancellationToken);
            return (content, before);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MigrateException("restore.failed", $"The backup cannot be restored: {e.Message}", "Run this as a user who may write the data directory, with room for it.", e);
        }
        finally
        {
            if (Directory.Exists(staging))
            {
                Directory.Delete(staging, recursive: true);
            }
        }
    }

    /// <summary>Reads and compares everything.</summary>
    private static async Task<BackupContent> UnpackAsync(string file, string? passphrase, string staging, CancellationToken cancellationToken)
    {
        var archive = file;
        using (var given = File.OpenRead(file))
        {
            if (BackupCipher.IsEncrypted(given))
            {
                archive = Path.Combine(staging, ".archive");
                using var plain = OwnerOnlyFile.Create(archive);
                BackupCipher.Decrypt(
                    given, plain, passphrase ?? throw new MigrateException("backup.passphrase-missing", $"{file} is encrypted.", "Give --passphrase-file, or MIGRATE_BACKUP_PASSPHRASE."));
            }
        }

        try
        {
            await CompareAsync(archive, cancellationToken);
            return await UnpackAsync(archive, staging, cancellationToken);
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or JsonException or EndOfStreamException or ArgumentException or OverflowException)
        {
            throw new MigrateException("backup.damaged", $"{file} is no backup of Migrate's, or is damaged: {e.Message}", "Take another backup.", e);
        }
        finally
        {
            File.Delete(Path.Combine(staging, ".archive"));
        }
    }

    /// <summary>To its end, where the checksum of all of it is: no word of it is believed before, not even what it says that it is.</summary>
    private static async Task CompareAsync(string archive, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(archive);
        await using var packed = new GZipStream(file, CompressionMode.Decompress);
        await packed.CopyToAsync(Stream.Null, cancellationToken);
    }

    private static async Task<BackupContent> UnpackAsync(string archive, string staging, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(archive);
        await using var packed = new GZipStream(file, CompressionMode.Decompress);
        await using var tar = new TarReader(packed);
        var first = await tar.GetNextEntryAsync(copyData: false, cancellationToken);
        if (first is not { Name: BackupContent.EntryName, DataStream: { } json })
        {
            throw new InvalidDataException($"it does not begin with {BackupContent.EntryName}");
        }

        var content = await JsonSerializer.DeserializeAsync<BackupContent>(json, Json.Options, cancellationToken) ?? throw new InvalidDataException("it says nothing of itself");
        if (content.Format != BackupContent.FormatName || content.Version > BackupContent.NewestVersion)
        {
            throw new InvalidDataException($"it is of the format {content.Format} {content.Version}");
        }

        var wanted = content.Files.ToDictionary(x => x.Name, StringComparer.Ordinal);
        while (await tar.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
        {
            // Only what is ours, each once: a name must not lead anywhere else.
            if (!wanted.Remove(entry.Name, out var expected) || entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile) || !IsOurs(entry.Name))
            {
                throw new InvalidDataException($"it holds '{entry.Name}', which does not belong into it");
            }

            var path = Path.Combine(staging, entry.Name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!, OwnerOnlyFile.Mode | UnixFileMode.UserExecute);
            await using (var made = OwnerOnlyFile.Create(path))
            {
                await (entry.DataStream ?? Stream.Null).CopyToAsync(made, cancellationToken);
                BackupMaker.MakeSafe(made);
            }

            if (BackupMaker.HashOf(path) != expected.Sha256)
            {
                throw new InvalidDataException($"{entry.Name} is not as it was");
            }
        }

        return wanted.Count == 0 ? content : throw new InvalidDataException($"it lacks {string.Join(", ", wanted.Keys)}");
    }

    private static bool IsOurs(string name) =>
        name == BackupContent.DumpName || (Replaced.Contains(name.Split('/')[0]) && !name.Split('/').Any(x => x is "" or "." or ".."));

    private static void Check(BackupContent content, DatabaseOptions? shared)
    {
        var (of, to) = (content.Database, shared is null ? "sqlite" : "postgresql");
        if (of != to)
        {
            throw new MigrateException(
                "restore.other-database", $"The backup is of an installation on {of}, and this one is to use {to}.",
                of == "sqlite" ? "Restore it without naming a database." : "Name a PostgreSQL with --database-file.");
        }

        using var db = MigrateDatabase.CreateFactory(shared ?? DatabaseOptions.Sqlite("/nowhere")).CreateDbContext();
        if (content.Migrations.Except(db.Database.GetMigrations()).ToList() is { Count: > 0 } unknown)
        {
            throw new MigrateException(
                "restore.newer", $"The backup is of a newer version ({content.Program}): its database has {string.Join(", ", unknown)}.", "Install that version or a later one, then restore it.");
        }
    }

    private static string? MoveAside(string root, List<string> there, TimeProvider time)
    {
        if (there.Count == 0)
        {
            return null;
        }

        var before = Directory.CreateDirectory(
            Path.Combine(root, $"before-restore-{time.GetUtcNow().ToString("yyyyMMddTHHmmssfff", CultureInfo.InvariantCulture)}"), OwnerOnlyFile.Mode | UnixFileMode.UserExecute).FullName;
        foreach (var name in there)
        {
            Directory.Move(Path.Combine(root, name), Path.Combine(before, name));
        }

        return before;
    }

    private static bool IsThere(string root, string name)
    {
        var path = Path.Combine(root, name);
        return Directory.Exists(path) ? Directory.EnumerateFileSystemEntries(path).Any() : File.Exists(path) && new FileInfo(path).Length > 0;
    }

    private static async Task RaiseEpochsAsync(DatabaseOptions database, CancellationToken cancellationToken)
    {
        await using var db = await MigrateDatabase.CreateFactory(database).CreateDbContextAsync(cancellationToken);
        await db.Runs.ExecuteUpdateAsync(
            set => set.SetProperty(x => x.LeaseEpoch, x => x.LeaseEpoch + EpochsAhead).SetProperty(x => x.LeaseOwner, (string?)null).SetProperty(x => x.LeaseExpiresAt, (DateTime?)null), cancellationToken);
        await db.Workers.ExecuteDeleteAsync(cancellationToken);
    }

    /// <summary>Restored by root, the files belong to whose directory it is: the server's user.</summary>
    private static async Task GiveToOwnerAsync(string root, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return;
        }

        var paths = Replaced.Append("executor.lock").Append("executor.pid").Select(x => Path.Combine(root, x)).Where(x => File.Exists(x) || Directory.Exists(x));
        using var chown = Process.Start(new ProcessStartInfo("chown", ["-R", $"--reference={root}", .. paths]))!;
        await chown.WaitForExitAsync(cancellationToken);
    }
}
