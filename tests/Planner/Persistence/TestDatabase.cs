using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Tests.Persistence;

public enum Provider
{
    Sqlite,
    Postgres,
}

/// <summary>A fresh database of either kind, migrated as the product does it.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly string? _directory;

    private TestDatabase(DatabaseOptions options, string? directory)
    {
        Options = options;
        _directory = directory;
        Factory = MigrateDatabase.CreateFactory(options);
    }

    public DatabaseOptions Options { get; }

    public IDbContextFactory<MigrateDb> Factory { get; }

    public static TestDatabase EmptySqlite()
    {
        string directory = Directory.CreateTempSubdirectory("planner").FullName;
        return new TestDatabase(DatabaseOptions.Sqlite(Path.Combine(directory, "migrate.db")), directory);
    }

    public static async Task<TestDatabase> EmptyAsync(Provider provider, PostgresCluster cluster) => provider == Provider.Sqlite
        ? EmptySqlite()
        : new TestDatabase(DatabaseOptions.Postgres(await cluster.NewDatabaseAsync(TestContext.Current.CancellationToken)), directory: null);

    public static async Task<TestDatabase> CreateAsync(Provider provider, PostgresCluster cluster)
    {
        TestDatabase database = await EmptyAsync(provider, cluster);
        await database.MigrateAsync();
        return database;
    }

    public static async Task<TestDatabase> CreateSqliteAsync()
    {
        TestDatabase database = EmptySqlite();
        await database.MigrateAsync();
        return database;
    }

    /// <summary>Of the kind that these tests were asked to run on.</summary>
    public static async Task<TestDatabase> CreateAsync()
    {
        TestDatabase database = await EmptyAsync();
        await database.MigrateAsync();
        return database;
    }

    /// <summary>The same before the product has made its tables.</summary>
    public static async Task<TestDatabase> EmptyAsync() =>
        await ChosenDatabase.NewAsync(TestContext.Current.CancellationToken) is { } shared ? new TestDatabase(DatabaseOptions.Postgres(shared), directory: null) : EmptySqlite();

    public Task MigrateAsync(ILogger<MigrateDatabase>? log = null) =>
        new MigrateDatabase(Factory, Options, TimeProvider.System, log ?? NullLogger<MigrateDatabase>.Instance)
            .MigrateAsync(TestContext.Current.CancellationToken);

    /// <summary>A source row, as inventories and plans need one.</summary>
    public async Task<Guid> AddSourceAsync(string name = "vc1")
    {
        await using MigrateDb db = Factory.CreateDbContext();
        var source = new Source { Id = Guid.NewGuid(), Name = name, Url = "https://vc.example/sdk", UserName = "reader", ProtectedPassword = "x", CreatedAt = DateTime.UnixEpoch };
        db.Sources.Add(source);
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        return source.Id;
    }

    public ValueTask DisposeAsync()
    {
        if (_directory is not null)
        {
            Directory.Delete(_directory, recursive: true);
        }
        return ValueTask.CompletedTask;
    }
}
