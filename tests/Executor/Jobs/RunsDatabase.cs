using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Jobs;

/// <summary>A migrated database and a directory of its own, and runs to put into it.</summary>
public sealed class RunsDatabase : IAsyncDisposable, IDbContextFactory<MigrateDb>
{
    private readonly IDbContextFactory<MigrateDb> _factory;
    private int _refused;

    private RunsDatabase(string directory, DatabaseOptions options)
    {
        Directory = directory;
        Options = options;
        _factory = MigrateDatabase.CreateFactory(Options);
    }

    public string Directory { get; }

    public DatabaseOptions Options { get; }

    /// <summary>While true every use of the database fails, as when its file system is gone.</summary>
    public bool IsBroken { get; set; }

    /// <summary>How often that happened.</summary>
    public int Refused => Volatile.Read(ref _refused);

    public static async Task<RunsDatabase> CreateAsync()
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("migrate-runs-").FullName;
        return await CreateAsync(directory, await ChosenDatabase.NewAsync(TestContext.Current.CancellationToken) is { } shared ? DatabaseOptions.Postgres(shared) : InFile(directory));
    }

    /// <summary>For what is about SQLite itself.</summary>
    public static async Task<RunsDatabase> CreateSqliteAsync()
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("migrate-runs-").FullName;
        return await CreateAsync(directory, InFile(directory));
    }

    private static DatabaseOptions InFile(string directory) => DatabaseOptions.Sqlite(Path.Combine(directory, "migrate.db"));

    private static async Task<RunsDatabase> CreateAsync(string directory, DatabaseOptions options)
    {
        var database = new RunsDatabase(directory, options);
        var migrate = new MigrateDatabase(database, database.Options, TimeProvider.System, NullLogger<MigrateDatabase>.Instance);
        await migrate.MigrateAsync(TestContext.Current.CancellationToken);
        return database;
    }

    public MigrateDb CreateDbContext()
    {
        if (!IsBroken)
        {
            return _factory.CreateDbContext();
        }

        Interlocked.Increment(ref _refused);
        throw new Microsoft.Data.Sqlite.SqliteException("disk I/O error", 10);
    }

    public Task<Run> AddRunAsync(RunPhase phase, DateTimeOffset? due, Action<Run>? change = null) => AddRunAsync(this, phase, due, change);

    /// <summary>The same in any database.</summary>
    public static async Task<Run> AddRunAsync(IDbContextFactory<MigrateDb> databases, RunPhase phase, DateTimeOffset? due, Action<Run>? change = null)
    {
        await using var db = databases.CreateDbContext();
        var at = new DateTime(2026, 1, 2, 3, 0, 0, DateTimeKind.Utc);
        var name = Guid.NewGuid().ToString("N");
        var source = new Source { Id = Guid.NewGuid(), Name = name, Url = "https://127.0.0.1", UserName = "u", ProtectedPassword = "p", CreatedAt = at };
        var host = new KvmHost { Id = Guid.NewGuid(), Name = name, Uri = "test:///default", DomainType = "qemu" };
        var plan = new Plan { Id = Guid.NewGuid(), Name = name, SourceId = source.Id, KvmHostId = host.Id, InventoryVersion = 1, Policy = "{}", CreatedAt = at };
        var vm = new PlanVm { Id = Guid.NewGuid(), PlanId = plan.Id, VmKey = "vm-1", VmName = "web01", Wave = 1, Concerns = "[]", Disks = "[]" };
        var run = new Run
        {
            Id = Guid.NewGuid(),
            PlanId = plan.Id,
            PlanVmId = vm.Id,
            VmKey = vm.VmKey,
            VmName = vm.VmName,
            Wave = 1,
            Phase = phase,
            ResumePhase = phase,
            CreatedAt = at,
            DueAt = due?.UtcDateTime,
        };
        change?.Invoke(run);
        db.AddRange(source, host, plan, vm, run);
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        return run;
    }

    public async Task<Run> ReadAsync(Guid runId)
    {
        await using var db = _factory.CreateDbContext();
        return await db.Runs.AsNoTracking().SingleAsync(x => x.Id == runId, TestContext.Current.CancellationToken);
    }

    public async Task<IReadOnlyList<RunEvent>> EventsAsync(Guid runId)
    {
        await using var db = _factory.CreateDbContext();
        return await db.RunEvents.AsNoTracking().Where(x => x.RunId == runId).OrderBy(x => x.Id).ToListAsync(TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        System.IO.Directory.Delete(Directory, recursive: true);
        return ValueTask.CompletedTask;
    }
}
