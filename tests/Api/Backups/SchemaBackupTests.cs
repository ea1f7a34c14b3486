using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Migrate.Api.Backups;
using Migrate.Api.Hosting;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Backups;

/// <summary>A shared database of an older version, at the first start of this one.</summary>
public sealed class SchemaBackupTests(PostgresCluster postgres) : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-schema-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Before_its_tables_change_it_is_dumped_and_the_dump_is_the_older_database()
    {
        var database = await OldAsync();

        await StartAsync(database, skip: false);

        var dump = Directory.GetFiles(_directory, "postgresql.before-*.dump").ShouldHaveSingleItem();
        File.GetUnixFileMode(dump).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await AppliedAsync(database)).Length.ShouldBeGreaterThan(1);
        var former = DatabaseOptions.Postgres(await postgres.CreateDatabaseAsync(Cancel));
        await DatabaseDump.PutBackAsync(former, dump, Cancel);
        (await AppliedAsync(former)).ShouldHaveSingleItem();
        await using var db = await MigrateDatabase.CreateFactory(former).CreateDbContextAsync(Cancel);
        (await db.KvmHosts.Select(x => x.Name).SingleAsync(Cancel)).ShouldBe("kvm1");

        await StartAsync(database, skip: false);
        Directory.GetFiles(_directory, "postgresql.before-*.dump").ShouldHaveSingleItem("nothing was pending any more");
    }

    [Fact]
    public async Task It_is_not_where_somebody_else_backs_it_up_and_a_new_one_has_nothing_to_lose()
    {
        var database = await OldAsync();
        await StartAsync(database, skip: true);
        (await AppliedAsync(database)).Length.ShouldBeGreaterThan(1);
        await StartAsync(DatabaseOptions.Postgres(await postgres.CreateDatabaseAsync(Cancel)), skip: false);
        Directory.GetFiles(_directory, "postgresql.before-*").ShouldBeEmpty();
    }

    private async Task<DatabaseOptions> OldAsync()
    {
        var database = DatabaseOptions.Postgres(await postgres.CreateDatabaseAsync(Cancel));
        await using var db = await MigrateDatabase.CreateFactory(database).CreateDbContextAsync(Cancel);
        await db.GetService<IMigrator>().MigrateAsync(db.Database.GetMigrations().First(), Cancel);
        db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "kvm1", Uri = "qemu:///system" });
        await db.SaveChangesAsync(Cancel);
        return database;
    }

    private async Task StartAsync(DatabaseOptions database, bool skip)
    {
        await using var server = await MigrateServer.StartAsync(
            new ServeOptions { Data = new DataDirectory(_directory), Database = database, SkipSchemaBackup = skip, Urls = "http://127.0.0.1:0", TargetPort = 0, DiscoveryPort = null }, Cancel, _ => { });
    }

    private static async Task<string[]> AppliedAsync(DatabaseOptions database)
    {
        await using var db = await MigrateDatabase.CreateFactory(database).CreateDbContextAsync(Cancel);
        return [.. await db.Database.GetAppliedMigrationsAsync(Cancel)];
    }
}
