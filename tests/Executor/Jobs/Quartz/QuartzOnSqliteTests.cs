using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Executor.Jobs;
using Migrate.Executor.Jobs.Quartz;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Jobs.Quartz;

/// <summary>On Quartz' real persistent store in a SQLite file.</summary>
public sealed class QuartzOnSqliteTests : JobEngineContract
{
    [Fact]
    public async Task The_store_holds_ids_and_nothing_else_of_a_run()
    {
        using var host = await StartAsync();
        var run = Guid.NewGuid();
        await AskAsync(host, run, JobQueue.Copy, TimeSpan.FromHours(1));
        await host.StopAsync(Cancellation);

        await using var row = await QueryAsync("SELECT TRIGGER_NAME, CAST(JOB_DATA AS TEXT) FROM QRTZ_TRIGGERS");
        (await row.ReadAsync(Cancellation)).ShouldBeTrue();
        row.GetString(0).ShouldBe(run.ToString("D"));
        row.GetString(1).ShouldContain(run.ToString("D"));
        row.GetString(1).Length.ShouldBeLessThan(200);
    }

    [Fact]
    public async Task A_trigger_that_a_version_could_not_load_neither_waits_nor_is_in_the_way()
    {
        using var host = await StartAsync();
        var run = Guid.NewGuid();
        await AskAsync(host, run, JobQueue.Control, TimeSpan.FromHours(1));
        await using (await QueryAsync("UPDATE QRTZ_TRIGGERS SET TRIGGER_STATE = 'ERROR', NEXT_FIRE_TIME = 1"))
        {
        }

        (await host.Services.GetRequiredService<IJobEngine>().WaitingAsync(Cancellation).ToListAsync(Cancellation)).ShouldBeEmpty();
        await AskAsync(host, run, JobQueue.Control, TimeSpan.FromHours(1));

        (await host.Services.GetRequiredService<IJobEngine>().WaitingAsync(Cancellation).ToListAsync(Cancellation)).ShouldBe([run]);
        await host.StopAsync(Cancellation);
    }

    protected override Task<DatabaseOptions?> NewStoreAsync() => Task.FromResult<DatabaseOptions?>(null);

    protected override void AddEngine(IServiceCollection services, ExecutorOptions options) => services.AddJobEngine(options);

    private async Task<SqliteDataReader> QueryAsync(string sql)
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(Options.DataDirectory, "jobs.db")};Default Timeout=30");
        await connection.OpenAsync(Cancellation);
        var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteReaderAsync(System.Data.CommandBehavior.CloseConnection, Cancellation);
    }
}
