using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Migrate.Executor.Jobs;
using Migrate.Executor.Jobs.Quartz;

namespace Migrate.Executor.Tests.Jobs;

/// <summary>On Quartz' real persistent store in a SQLite file.</summary>
public sealed class QuartzJobEngineTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-jobs-").FullName;
    private readonly Stepper _stepper = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_step_that_is_asked_for_is_done()
    {
        using var host = await StartAsync();
        var run = Guid.NewGuid();

        await AskAsync(host, run, JobQueue.Control);

        await Eventually.BecomesTrueAsync(() => _stepper.Done.Contains(run), "the step is done");
        await host.StopAsync(Cancellation);
    }

    [Fact]
    public async Task A_step_asked_for_before_a_restart_is_done_after_it_even_if_its_time_has_passed()
    {
        var run = Guid.NewGuid();
        using (var before = await StartAsync())
        {
            await AskAsync(before, run, JobQueue.Control, TimeSpan.FromSeconds(3));
            await before.StopAsync(Cancellation);
        }

        _stepper.Done.ShouldBeEmpty();
        await Task.Delay(TimeSpan.FromSeconds(4), Cancellation);
        using var after = await StartAsync();

        await Eventually.BecomesTrueAsync(() => _stepper.Done.Contains(run), "the step is done after the restart");
        await after.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Of_two_questions_for_one_run_the_earlier_stays()
    {
        using var host = await StartAsync();
        var run = Guid.NewGuid();

        await AskAsync(host, run, JobQueue.Copy, TimeSpan.FromHours(1));
        await AskAsync(host, run, JobQueue.Control);
        await AskAsync(host, run, JobQueue.Copy, TimeSpan.FromHours(1));
        await Eventually.BecomesTrueAsync(() => _stepper.Done.Contains(run), "the earlier one is done");
        await Task.Delay(500, Cancellation);

        _stepper.Done.Count(x => x == run).ShouldBe(1);
        await host.StopAsync(Cancellation);
    }

    [Fact]
    public async Task A_step_may_ask_for_its_successor_while_it_runs()
    {
        using var host = await StartAsync();
        var run = Guid.NewGuid();
        var asked = 0;
        _stepper.During = async (id, _) =>
        {
            if (Interlocked.Increment(ref asked) <= 3)
            {
                await AskAsync(host, id, asked % 2 == 0 ? JobQueue.Control : JobQueue.Copy);
            }
        };

        await AskAsync(host, run, JobQueue.Control);

        await Eventually.BecomesTrueAsync(() => _stepper.Done.Count == 4, "the step and its three successors are done");
        await host.StopAsync(Cancellation);
    }

    [Fact]
    public async Task What_has_not_begun_can_be_taken_back()
    {
        using var host = await StartAsync();
        var run = Guid.NewGuid();
        await AskAsync(host, run, JobQueue.Control, TimeSpan.FromSeconds(2));

        await host.Services.GetRequiredService<IJobEngine>().CancelAsync(run, Cancellation);
        await Task.Delay(TimeSpan.FromSeconds(4), Cancellation);

        _stepper.Done.ShouldBeEmpty();
        await host.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Copies_have_a_limit_and_never_hold_up_a_control_step()
    {
        using var host = await StartAsync(copies: 1, control: 1);
        using var release = new SemaphoreSlim(0);
        var copies = Enumerable.Range(0, 3).Select(_ => Guid.NewGuid()).ToHashSet();
        var (running, most) = (0, 0);
        _stepper.During = async (run, ct) =>
        {
            if (copies.Contains(run))
            {
                most = Math.Max(most, Interlocked.Increment(ref running));
                await release.WaitAsync(ct);
                Interlocked.Decrement(ref running);
            }
        };
        foreach (var copy in copies)
        {
            await AskAsync(host, copy, JobQueue.Copy);
        }

        await Eventually.BecomesTrueAsync(() => running == 1, "a copy runs");
        var control = Guid.NewGuid();
        await AskAsync(host, control, JobQueue.Control);
        await Eventually.BecomesTrueAsync(() => _stepper.Done.Contains(control), "the control step is done beside it");
        release.Release(3);
        await Eventually.BecomesTrueAsync(() => copies.All(_stepper.Done.Contains), "all copies are done");

        most.ShouldBe(1);
        await host.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Stopping_cancels_the_step_and_waits_for_it()
    {
        using var host = await StartAsync();
        var (began, ended) = (false, false);
        _stepper.During = async (_, ct) =>
        {
            began = true;
            await Task.Delay(Timeout.Infinite, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.Delay(300, CancellationToken.None); // The time that a checkpoint takes.
            ended = true;
        };
        await AskAsync(host, Guid.NewGuid(), JobQueue.Copy);
        await Eventually.BecomesTrueAsync(() => began, "the step runs");

        await host.StopAsync(Cancellation);

        ended.ShouldBeTrue();
    }

    [Fact]
    public async Task The_store_holds_ids_and_nothing_else_of_a_run()
    {
        using var host = await StartAsync();
        var run = Guid.NewGuid();
        await AskAsync(host, run, JobQueue.Copy, TimeSpan.FromHours(1));
        await host.StopAsync(Cancellation);

        await using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(_directory, "jobs.db")};Mode=ReadOnly");
        await connection.OpenAsync(Cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT TRIGGER_NAME, CAST(JOB_DATA AS TEXT) FROM QRTZ_TRIGGERS";
        await using var row = await command.ExecuteReaderAsync(Cancellation);
        (await row.ReadAsync(Cancellation)).ShouldBeTrue();
        row.GetString(0).ShouldBe(run.ToString("D"));
        row.GetString(1).ShouldContain(run.ToString("D"));
        row.GetString(1).Length.ShouldBeLessThan(200);
    }

    private static Task AskAsync(IHost host, Guid run, JobQueue queue, TimeSpan? after = null) =>
        host.Services.GetRequiredService<IJobEngine>().ScheduleAsync(run, queue, TimeProvider.System.GetUtcNow() + (after ?? TimeSpan.Zero), Cancellation);

    private async Task<IHost> StartAsync(int copies = 2, int control = 2)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IRunStepper>(_stepper);
        builder.Services.AddJobEngine(new ExecutorOptions { DataDirectory = _directory, MaxCopies = copies, ControlWorkers = control });
        var host = builder.Build();
        await host.StartAsync(Cancellation);
        return host;
    }

    private sealed class Stepper : IRunStepper
    {
        public ConcurrentQueue<Guid> Done { get; } = new();

        public Func<Guid, CancellationToken, Task> During { get; set; } = (_, _) => Task.CompletedTask;

        public async Task StepAsync(Guid runId, CancellationToken cancellationToken)
        {
            await During(runId, cancellationToken);
            Done.Enqueue(runId);
        }
    }
}
