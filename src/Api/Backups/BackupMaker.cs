using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Api.Hosting;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Backups;

/// <summary>
/// Makes a backup of an installation while it works: the database as of one moment, keys, tokens and the manifests. Not the disks of VMs: they are large, are elsewhere
/// once their domain runs, and can be copied again.
/// </summary>
internal static class BackupMaker
{
    public static async Task<BackupContent> MakeAsync(DataDirectory data, DatabaseOptions? shared, string file, string? passphrase, TimeProvider time, CancellationToken cancellationToken)
    {
        if (File.Exists(file))
        {
            throw new MigrateException("backup.exists", $"{file} is there already.", "Name another file: a backup never replaces one.");
        }

        if (shared is null && !File.Exists(data.Database))
        {
            throw new MigrateException("backup.nothing-there", $"There is no installation in {data.Root}: it has no {BackupContent.SqliteName}.", "Name the server's data directory with --data.");
        }

        var staging = Directory.CreateDirectory(file + ".part", OwnerOnlyFile.Mode | UnixFileMode.UserExecute).FullName;
        try
        {
            var name = shared is null ? BackupContent.SqliteName : BackupContent.DumpName;
            var dump = Path.Combine(staging, name);
            var database = shared ?? DatabaseOptions.Sqlite(data.Database);
            var migrations = await MigrationsAsync(database, cancellationToken);
            // The head of the audit log before the log itself: one that the log does not reach would look like a log that was cut.
            var head = Path.Combine(staging, Path.GetFileName(data.AuditHead));
            if (File.Exists(data.AuditHead))
            {
                File.Copy(data.AuditHead, head);
            }

            await DatabaseDump.TakeAsync(database, dump, cancellationToken);
            // Keys after the database: a key that came between them is then there, and one that the database does not know yet does no harm.
            List<(string Name, string Path)> files = [(name, dump), .. File.Exists(head) ? [(Path.GetFileName(head), head)] : Array.Empty<(string, string)>(), .. Kept(data.Root)];
            var content = new BackupContent(
                BackupContent.FormatName, BackupContent.NewestVersion, ProductVersion.Value, time.GetUtcNow().UtcDateTime, shared is null ? "sqlite" : "postgresql", migrations,
                [.. files.Select(x => new BackupFile(x.Name, new FileInfo(x.Path).Length, HashOf(x.Path)))]);
            var archive = Path.Combine(staging, "archive");
            await WriteAsync(archive, content, files, cancellationToken);
            if (passphrase is not null)
            {
                var closed = Path.Combine(staging, "encrypted");
                using (var plain = File.OpenRead(archive))
                using (var sealedFile = OwnerOnlyFile.Create(closed))
                {
                    BackupCipher.Encrypt(plain, sealedFile, passphrase);
                    MakeSafe(sealedFile);
                }

                archive = closed;
            }

            File.Move(archive, file, overwrite: false);
            return content;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MigrateException("backup.unwritable", $"The backup cannot be made: {e.Message}", "Run this as a user who may read the data directory and write the file, with room for it.", e);
        }
        finally
        {
            Directory.Delete(staging, recursive: true);
        }
    }

    private static IEnumerable<(string Name, string Path)> Kept(string root)
    {
        foreach (var name in BackupContent.Secrets.Where(x => File.Exists(Path.Combine(root, x))))
        {
            yield return (name, Path.Combine(root, name));
        }

        foreach (var folder in BackupContent.Folders.Select(x => Path.Combine(root, x)).Where(Directory.Exists))
        {
            foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                yield return (Path.GetRelativePath(root, path), path);
            }
        }
    }

    private static async Task<IReadOnlyList<string>> MigrationsAsync(DatabaseOptions database, CancellationToken cancellationToken)
    {
        await using var db = await MigrateDatabase.CreateFactory(database).CreateDbContextAsync(cancellationToken);
        return [.. await db.Database.GetAppliedMigrationsAsync(cancellationToken)];
    }

    private static async Task WriteAsync(string archive, BackupContent content, IEnumerable<(string Name, string Path)> files, CancellationToken cancellationToken)
    {
        await using var file = OwnerOnlyFile.Create(archive);
        await using (var packed = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true))
        await using (var tar = new TarWriter(packed, TarEntryFormat.Pax))
        {
            using var json = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(content, Json.Indented));
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, BackupContent.EntryName) { DataStream = json, Mode = OwnerOnlyFile.Mode }, cancellationToken);
            foreach (var (name, path) in files)
            {
                await using var source = File.OpenRead(path);
                await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = source, Mode = OwnerOnlyFile.Mode }, cancellationToken);
            }
        }

        MakeSafe(file);
    }

    /// <summary>On the disk before anybody counts on it; there is no such flush that does not block.</summary>
    public static void MakeSafe(FileStream file) => file.Flush(flushToDisk: true);

    public static string HashOf(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
