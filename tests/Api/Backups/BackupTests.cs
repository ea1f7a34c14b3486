using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Api.Backups;
using Migrate.Api.Hosting;
using Migrate.Executor.Sources;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Backups;

/// <summary>A backup is taken of a running server, and what is restored of it is that server again.</summary>
public sealed class BackupTests(PostgresCluster postgres) : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-backup-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Archive => Path.Combine(_directory, "one.backup");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(null)]
    [InlineData("correct horse battery staple")]
    public async Task A_restored_server_has_the_same_data_token_and_passwords(string? passphrase)
    {
        var data = new DataDirectory(Path.Combine(_directory, "data"));
        var words = passphrase is null ? new Dictionary<string, string>() : new() { ["MIGRATE_BACKUP_PASSPHRASE"] = passphrase };
        await using (var server = await StartAsync(data, null))
        {
            await AddSourceAsync(server, "vc1");
            var made = await RunAsync(words, "backup", Archive, "--data", data.Root);
            made.ExitCode.ShouldBe(0, made.Error);
            File.GetUnixFileMode(Archive).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            await AddSourceAsync(server, "after");

            (await RunAsync(words, "backup", Archive, "--data", data.Root)).Error.ShouldContain("is there already");
            var running = await RunAsync(words, "restore", Archive, "--data", data.Root, "--force");
            running.ExitCode.ShouldBe(1);
            running.Error.ShouldContain("in use by another executor");
        }

        if (passphrase is not null)
        {
            (await RunAsync([], "restore", Archive, "--data", Path.Combine(_directory, "closed"))).Error.ShouldContain("is encrypted");
            (await RunAsync(new() { ["MIGRATE_BACKUP_PASSPHRASE"] = "wrong" }, "restore", Archive, "--data", Path.Combine(_directory, "closed"))).Error.ShouldContain("the passphrase is another");
        }

        var token = await File.ReadAllTextAsync(data.Token, Cancel);
        var restored = new DataDirectory(Path.Combine(_directory, "restored"));
        var result = await RunAsync(words, "restore", Archive, "--data", restored.Root);
        result.ExitCode.ShouldBe(0, result.Error);
        Directory.GetFileSystemEntries(restored.Root, ".restore-*").ShouldBeEmpty();
        await using (var server = await StartAsync(restored, null))
        {
            (await SourcesAsync(server)).ShouldBe(["vc1: S3cret of vc1"]);
            (await File.ReadAllTextAsync(restored.Token, Cancel)).ShouldBe(token);
        }

        // Over an installation only with force, and what was there is kept.
        (await RunAsync(words, "restore", Archive, "--data", data.Root)).Error.ShouldContain("There is an installation already");
        var forced = await RunAsync(words, "restore", Archive, "--data", data.Root, "--force");
        forced.ExitCode.ShouldBe(0, forced.Error);
        var before = Directory.GetDirectories(data.Root, "before-restore-*").ShouldHaveSingleItem();
        File.Exists(Path.Combine(before, "migrate.db")).ShouldBeTrue();
        await using (var server = await StartAsync(data, null))
        {
            (await SourcesAsync(server)).ShouldBe(["vc1: S3cret of vc1"]);
        }
    }

    [Fact]
    public async Task A_PostgreSQL_goes_with_it()
    {
        var (first, second) = (DatabaseOptions.Postgres(await postgres.NewDatabaseAsync(Cancel)), DatabaseOptions.Postgres(await postgres.NewDatabaseAsync(Cancel)));
        var data = new DataDirectory(Path.Combine(_directory, "data"));
        await using (var server = await StartAsync(data, first))
        {
            await AddSourceAsync(server, "vc1");
            await BackupMaker.MakeAsync(data, first, Archive, null, TimeProvider.System, Cancel);
            (await Should.ThrowAsync<MigrateException>(() => BackupRestore.RestoreAsync(new DataDirectory(Path.Combine(_directory, "x")), first, Archive, null, force: true, TimeProvider.System, Cancel)))
                .Code.ShouldBe("serve.database-in-use");
        }

        var restored = new DataDirectory(Path.Combine(_directory, "restored"));
        (await Should.ThrowAsync<MigrateException>(() => BackupRestore.RestoreAsync(restored, null, Archive, null, false, TimeProvider.System, Cancel))).Code.ShouldBe("restore.other-database");
        (await Should.ThrowAsync<MigrateException>(() => BackupRestore.RestoreAsync(restored, first, Archive, null, false, TimeProvider.System, Cancel))).Code.ShouldBe("restore.not-empty");
        await BackupRestore.RestoreAsync(restored, second, Archive, null, force: false, TimeProvider.System, Cancel);
        await using var again = await StartAsync(restored, second);
        (await SourcesAsync(again)).ShouldBe(["vc1: S3cret of vc1"]);
    }

    [Fact]
    public async Task A_damaged_backup_is_told_from_a_good_one_before_anything_is_touched()
    {
        var data = new DataDirectory(Path.Combine(_directory, "data"));
        await using (await StartAsync(data, null))
        {
            await BackupMaker.MakeAsync(data, null, Archive, null, TimeProvider.System, Cancel);
        }

        var token = await File.ReadAllTextAsync(data.Token, Cancel);
        var good = await File.ReadAllBytesAsync(Archive, Cancel);
        foreach (var damage in (Func<byte[], byte[]>[])[x => x[..^2000], x => x[..(x.Length / 2)], _ => "no backup at all"u8.ToArray()])
        {
            await File.WriteAllBytesAsync(Archive, damage(good), Cancel);
            var refused = await RunAsync([], "restore", Archive, "--data", data.Root, "--force");
            refused.ExitCode.ShouldBe(1, refused.Error);
            refused.Error.ShouldContain("damaged");
        }

        (await File.ReadAllTextAsync(data.Token, Cancel)).ShouldBe(token);
        Directory.GetFileSystemEntries(data.Root, "*restore-*").ShouldBeEmpty();

        // A bit that does not matter (padding, or a reference to the same bytes elsewhere) may be another; what comes out may not.
        // The beginning tells what the rest has to be: what is damaged there must not be believed, whatever it says then.
        var restored = new DataDirectory(Path.Combine(_directory, "restored"));
        var refusals = 0;
        var tries = Enumerable.Range(0, 800).Select(i => i < 400 ? i * 2 : i * good.Length / 800).ToList();
        foreach (var at in tries)
        {
            await File.WriteAllBytesAsync(Archive, [.. good[..at], (byte)(good[at] ^ (1 << (at % 8))), .. good[(at + 1)..]], Cancel);
            try
            {
                await BackupRestore.RestoreAsync(restored, null, Archive, null, force: false, TimeProvider.System, Cancel);
                (await File.ReadAllTextAsync(restored.Token, Cancel)).ShouldBe(token);
            }
            catch (MigrateException e)
            {
                e.Code.ShouldBe("backup.damaged", $"byte {at}: {e.Message}");
                refusals++;
            }

            Directory.Delete(restored.Root, recursive: true);
        }

        refusals.ShouldBeGreaterThan(tries.Count * 3 / 4, "nearly every bit matters");
    }

    /// <summary>The target remembers the highest epoch of a namespace: a restored run must not come with a lower one.</summary>
    [Fact]
    public async Task Restored_runs_are_free_and_beyond_every_epoch_that_was_given_since()
    {
        var data = new DataDirectory(Path.Combine(_directory, "data"));
        var id = Guid.NewGuid();
        await using (var server = await StartAsync(data, null))
        {
            await using var db = await server.Services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel);
            db.Runs.Add(new Run { Id = id, VmKey = "vm-1", VmName = "vm", Phase = RunPhase.Paused, LeaseEpoch = 7, LeaseOwner = "somebody", LeaseExpiresAt = DateTime.UtcNow.AddHours(1) });
            await db.SaveChangesAsync(Cancel);
            await BackupMaker.MakeAsync(data, null, Archive, null, TimeProvider.System, Cancel);
        }

        var restored = new DataDirectory(Path.Combine(_directory, "restored"));
        await BackupRestore.RestoreAsync(restored, null, Archive, null, false, TimeProvider.System, Cancel);
        await using var after = await MigrateDatabase.CreateFactory(DatabaseOptions.Sqlite(restored.Database)).CreateDbContextAsync(Cancel);
        var run = await after.Runs.SingleAsync(x => x.Id == id, Cancel);
        (run.LeaseEpoch > 100_000, run.LeaseOwner).ShouldBe((true, null));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1 << 20)]
    [InlineData((3 << 20) + 17)]
    public void What_is_encrypted_comes_back_and_no_change_goes_unseen(int length)
    {
        var plain = RandomNumberGenerator.GetBytes(length);
        using var closed = new MemoryStream();
        BackupCipher.Encrypt(new MemoryStream(plain), closed, "words");
        var sealedBytes = closed.ToArray();
        BackupCipher.IsEncrypted(new MemoryStream(sealedBytes)).ShouldBeTrue();
        Open(sealedBytes, "words").ShouldBe(plain);

        var start = Array.IndexOf(sealedBytes, (byte)'\n') + 1;
        foreach (var at in new[] { start, start + 4, start + 19, sealedBytes.Length - 1 })
        {
            var changed = sealedBytes.ToArray();
            changed[at] ^= 1;
            Should.Throw<MigrateException>(() => Open(changed, "words")).Code.ShouldBe("backup.cannot-open");
        }

        Should.Throw<MigrateException>(() => Open(sealedBytes[..^1], "words")).Code.ShouldBe("backup.cannot-open");
        Should.Throw<MigrateException>(() => Open(sealedBytes, "word")).Code.ShouldBe("backup.cannot-open");
    }

    private static byte[] Open(byte[] closed, string passphrase)
    {
        using var opened = new MemoryStream();
        BackupCipher.Decrypt(new MemoryStream(closed), opened, passphrase);
        return opened.ToArray();
    }

    private static Task<CommandResult> RunAsync(Dictionary<string, string> environment, params string[] args) => CommandResult.OfAsync(environment, args);

    private static Task<MigrateServer> StartAsync(DataDirectory data, DatabaseOptions? database) => MigrateServer.StartAsync(
        new ServeOptions { Data = data, Database = database, Urls = "http://127.0.0.1:0", TargetPort = 0, DiscoveryPort = null }, Cancel, _ => { });

    private static async Task AddSourceAsync(MigrateServer server, string name)
    {
        await using var db = await server.Services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel);
        db.Sources.Add(new Source
        {
            Id = Guid.NewGuid(),
            Name = name,
            Url = "https://127.0.0.1:1",
            UserName = "u",
            CreatedAt = DateTime.UnixEpoch,
            ProtectedPassword = server.Services.GetRequiredService<SourceAccess>().Protect($"S3cret of {name}"),
        });
        await db.SaveChangesAsync(Cancel);
    }

    /// <summary>Names and passwords, as only the right keys tell them.</summary>
    private static async Task<IReadOnlyList<string>> SourcesAsync(MigrateServer server)
    {
        await using var db = await server.Services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel);
        var protector = server.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector("Migrate.Source.Password");
        return [.. (await db.Sources.OrderBy(x => x.Name).ToListAsync(Cancel)).Select(x => $"{x.Name}: {protector.Unprotect(x.ProtectedPassword)}")];
    }
}
