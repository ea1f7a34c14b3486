using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Jobs;
using Migrate.Executor.Jobs.Quartz;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Jobs.Quartz;

/// <summary>A round with 10,000 runs, nearly all of them waiting for a worker, on Quartz' real store.</summary>
public sealed class ReconcilerSizeTests
{
    private const int Waiting = 9_900;
    private const int Orphans = 40;
    private const int Forgotten = 60;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ten_thousand_runs_cost_some_reading_and_only_differences_are_written()
    {
        await using var database = await RunsDatabase.CreateSqliteAsync(); // Whose statements are counted.
        var options = new ExecutorOptions { DataDirectory = database.Directory };
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IRunStepper, Idle>();
        builder.Services.AddJobEngine(options);
        using var host = builder.Build();
        await host.Services.GetRequiredService<global::Quartz.ISchedulerFactory>().GetScheduler(Cancellation); // Makes the store and fires nothing.
        var jobs = host.Services.GetRequiredService<IJobEngine>();
        var ids = await AddRunsAsync(database);
        await AddTriggersAsync(options, jobs, [.. ids.Take(Waiting + Orphans)]);
        using var reconciler = new Reconciler(
            database, jobs, new LeaseStore(database, options, TimeProvider.System, NullLogger<LeaseStore>.Instance), options, TimeProvider.System,
            NullLogger<Reconciler>.Instance);

        (await reconciler.ReconcileAsync(Cancellation)).ShouldBe(new Reconciliation(Forgotten, Orphans));
        using var commands = new CommandCount(database.Directory);
        var began = TimeProvider.System.GetTimestamp();
        (await reconciler.ReconcileAsync(Cancellation)).ShouldBe(new Reconciliation(0, 0));

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"A round over 10,000 runs took {TimeProvider.System.GetElapsedTime(began).TotalMilliseconds:0} ms and {commands.Count} queries of our tables.");
        commands.Count.ShouldBeInRange(1, 25);
        (await jobs.WaitingAsync(Cancellation).CountAsync(Cancellation)).ShouldBe(Waiting + Forgotten);
    }

    /// <summary>First those that are due, then those that are over, whose jobs are orphans, then due ones without a job.</summary>
    private static async Task<IReadOnlyList<Guid>> AddRunsAsync(RunsDatabase database)
    {
        List<Run> runs = [];
        for (var i = 0; i < Waiting + Orphans + Forgotten; i++)
        {
            var over = i is >= Waiting and < Waiting + Orphans;
            runs.Add(new Run
            {
                Id = Guid.NewGuid(),
                PlanId = Guid.NewGuid(),
                PlanVmId = Guid.NewGuid(),
                VmKey = $"vm-{i}",
                VmName = $"vm{i}",
                Phase = over ? RunPhase.Completed : RunPhase.Seeding,
                DueAt = over ? null : DateTime.UnixEpoch,
            });
        }

        await using var db = database.CreateDbContext();
        db.Runs.AddRange(runs);
        await db.SaveChangesAsync(Cancellation);
        return [.. runs.Select(x => x.Id)];
    }

    /// <summary>One trigger by the engine, the others as copies of its rows: asking one by one is not what is measured here.</summary>
    private static async Task AddTriggersAsync(ExecutorOptions options, IJobEngine jobs, IReadOnlyList<Guid> ids)
    {
        await jobs.ScheduleAsync(ids[0], JobQueue.Copy, TimeProvider.System.GetUtcNow(), Cancellation);
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(options.DataDirectory, "jobs.db")}");
        await connection.OpenAsync(Cancellation);
        await using var transaction = connection.BeginTransaction();
        foreach (var table in (string[])["QRTZ_TRIGGERS", "QRTZ_SIMPLE_TRIGGERS"])
        {
            await using var columnsOf = connection.CreateCommand();
            columnsOf.CommandText = $"SELECT group_concat(name) FROM pragma_table_info('{table}')";
            var columns = (string)(await columnsOf.ExecuteScalarAsync(Cancellation))!;
            await using var copy = connection.CreateCommand();
            var values = string.Join(',', columns.Split(',').Select(x => x == "TRIGGER_NAME" ? "@name" : x));
            copy.CommandText = $"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} WHERE TRIGGER_NAME = '{ids[0]:D}'";
            var name = copy.Parameters.Add("@name", SqliteType.Text);
            foreach (var id in ids.Skip(1))
            {
                name.Value = id.ToString("D");
                (await copy.ExecuteNonQueryAsync(Cancellation)).ShouldBe(1);
            }
        }

        await transaction.CommitAsync(Cancellation);
    }

    /// <summary>Counts EF Core's commands on databases of one directory: other tests of this process have others.</summary>
    private sealed class CommandCount : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
    {
        private readonly string _directory;
        private readonly List<IDisposable> _subscriptions = [];
        private int _count;

        public CommandCount(string directory)
        {
            _directory = directory;
            _subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(this));
        }

        public int Count => Volatile.Read(ref _count);

        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == "Microsoft.EntityFrameworkCore")
            {
                _subscriptions.Add(value.Subscribe(this));
            }
        }

        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value.Value is CommandExecutedEventData executed && executed.Command.Connection!.ConnectionString.Contains(_directory, StringComparison.Ordinal))
            {
                Interlocked.Increment(ref _count);
            }
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void Dispose() => _subscriptions.ForEach(x => x.Dispose());
    }

    private sealed class Idle : IRunStepper
    {
        public Task StepAsync(Guid runId, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
