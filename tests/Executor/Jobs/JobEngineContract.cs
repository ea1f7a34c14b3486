using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Migrate.Executor.Jobs;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Jobs;

/// <summary>What the product expects of a job engine, whichever it is. Each engine's tests derive from it.</summary>
public abstract class JobEngineContract : IAsyncLifetime
{
    private readonly Stepper _stepper = new();

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A fresh data directory and job store; leases short, so that what a dead process held is free soon.</summary>
    protected ExecutorOptions Options { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Options = new ExecutorOptions
    {
        DataDirectory = Directory.CreateTempSubdirectory("migrate-jobs-").FullName,
        LeaseDuration = TimeSpan.FromSeconds(6),
        JobStore = await NewStoreAsync(),
    };

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Options.DataDirectory, recursive: true);
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>The runs whose steps were done here, in that order.</summary>
    protected IReadOnlyCollection<Guid> Done => _stepper.Done;

    /// <summary>What each step does.</summary>
    protected Func<Guid, CancellationToken, Task> During
    {
        set => _stepper.During = value;
    }

    protected abstract Task<DatabaseOptions?> NewStoreAsync();

    protected abstract void AddEngine(IServiceCollection services, ExecutorOptions options);

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
        Guid run;
        var ahead = TimeSpan.FromSeconds(3);
        for (; ; ahead *= 4) // Until its time comes after the stop, however long a busy machine takes for that.
        {
            run = Guid.NewGuid();
            using var before = await StartAsync();
            await AskAsync(before, run, JobQueue.Control, ahead);
            await before.StopAsync(Cancellation);
            if (!_stepper.Begun.Contains(run))
            {
                break;
            }

            ahead.ShouldBeLessThan(TimeSpan.FromMinutes(5), "it is never done before its time");
        }

        await Task.Delay(ahead + TimeSpan.FromSeconds(1), Cancellation);
        _stepper.Done.ShouldNotContain(run);
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
        During = async (id, _) =>
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
        for (var ahead = TimeSpan.FromSeconds(2); ; ahead *= 4)
        {
            var run = Guid.NewGuid();
            var due = TimeProvider.System.GetUtcNow() + ahead;
            await AskAsync(host, run, JobQueue.Control, ahead);
            await host.Services.GetRequiredService<IJobEngine>().CancelAsync(run, Cancellation);
            if (TimeProvider.System.GetUtcNow() > due)
            {
                ahead.ShouldBeLessThan(TimeSpan.FromMinutes(5));
                continue; // It may have begun before it was taken back: a busy machine is given longer.
            }

            await Task.Delay(ahead + TimeSpan.FromSeconds(2), Cancellation);
            _stepper.Begun.ShouldNotContain(run);
            break;
        }

        await host.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Copies_have_a_limit_and_never_hold_up_a_control_step()
    {
        using var host = await StartAsync(copies: 1, control: 1);
        using var release = new SemaphoreSlim(0);
        var copies = Enumerable.Range(0, 3).Select(_ => Guid.NewGuid()).ToHashSet();
        var (running, most) = (0, 0);
        During = async (run, ct) =>
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
        During = async (_, ct) =>
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
    public async Task Long_queues_of_copies_and_of_beginning_runs_never_hold_up_a_control_step()
    {
        using var host = await StartAsync(copies: 1, control: 1);
        var control = Guid.NewGuid();
        During = (run, ct) => run == control ? Task.CompletedTask : Task.Delay(Timeout.Infinite, ct);
        for (var i = 0; i < 300; i++)
        {
            await AskAsync(host, Guid.NewGuid(), i % 3 == 0 ? JobQueue.Inventory : JobQueue.Copy);
        }

        await AskAsync(host, control, JobQueue.Control);

        await Eventually.BecomesTrueAsync(() => _stepper.Done.Contains(control), "the control step is done before any of them");
        _stepper.Done.ShouldHaveSingleItem();
        await host.StopAsync(Cancellation);
    }

    [Fact]
    public async Task What_waits_can_be_listed_and_what_is_at_work_does_not_wait()
    {
        using var host = await StartAsync(copies: 1);
        During = (_, ct) => Task.Delay(Timeout.Infinite, ct);
        var atWork = Guid.NewGuid();
        await AskAsync(host, atWork, JobQueue.Copy);
        await Eventually.BecomesTrueAsync(() => _stepper.Begun.Contains(atWork), "it is at work");
        var queued = Enumerable.Range(0, 600).Select(_ => Guid.NewGuid()).ToHashSet();
        foreach (var run in queued)
        {
            await AskAsync(host, run, JobQueue.Copy);
        }

        var (later, cancelled) = (Guid.NewGuid(), Guid.NewGuid());
        await AskAsync(host, later, JobQueue.Control, TimeSpan.FromHours(1));
        await AskAsync(host, cancelled, JobQueue.Control, TimeSpan.FromHours(1));
        await host.Services.GetRequiredService<IJobEngine>().CancelAsync(cancelled, Cancellation);

        var waiting = await host.Services.GetRequiredService<IJobEngine>().WaitingAsync(Cancellation).ToHashSetAsync(cancellationToken: Cancellation);
        waiting.SetEquals([.. queued, later]).ShouldBeTrue($"{waiting.Count} wait");
        await host.StopAsync(Cancellation);
    }

    [Fact]
    public async Task A_step_that_throws_is_not_tried_again_by_the_engine_and_can_be_asked_for_again()
    {
        using var host = await StartAsync();
        var (run, tries) = (Guid.NewGuid(), 0);
        During = (_, _) => Interlocked.Increment(ref tries) == 1 ? throw new InvalidOperationException("for the test") : Task.CompletedTask;
        await AskAsync(host, run, JobQueue.Control);
        await Eventually.BecomesTrueAsync(() => tries == 1, "the step has thrown");
        await Task.Delay(TimeSpan.FromSeconds(3), Cancellation);
        tries.ShouldBe(1);
        await Eventually.BecomesTrueAsync(
            async () => (await host.Services.GetRequiredService<IJobEngine>().WaitingAsync(Cancellation).ToListAsync(Cancellation)).Count == 0, "nothing is planned either");

        await AskAsync(host, run, JobQueue.Control);

        await Eventually.BecomesTrueAsync(() => _stepper.Done.Contains(run), "it is done when it is asked for again");
        tries.ShouldBe(2);
        await host.StopAsync(Cancellation);
    }

    [Fact]
    public async Task What_a_killed_process_had_begun_or_not_begun_is_done_by_the_next()
    {
        Guid[] runs = [Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid()];
        using var killed = await JobHostProcess.StartAsync(Options);
        await killed.AskAsync(runs[0], JobQueue.Copy, 0);
        await killed.SaysAsync($"began {runs[0]}");
        await killed.AskAsync(runs[1], JobQueue.Copy, 0); // Waits for the one worker.
        await killed.AskAsync(runs[2], JobQueue.Control, 3600);
        await killed.KillAsync();

        using var host = await StartAsync();
        await AskAsync(host, runs[2], JobQueue.Control); // The earlier stays, whichever process asked.

        await Eventually.BecomesTrueAsync(() => runs.All(_stepper.Done.Contains), "all three are done");
        await host.StopAsync(Cancellation);
    }

    [Fact]
    public async Task What_a_stopped_process_was_at_goes_on_at_once_elsewhere()
    {
        var run = Guid.NewGuid();
        using var stopped = await JobHostProcess.StartAsync(Options);
        await stopped.AskAsync(run, JobQueue.Copy, 0);
        await stopped.SaysAsync($"began {run}");
        // On PostgreSQL the next is there already; a file belongs to one process at a time.
        using var early = Options.JobStore is null ? null : await StartAsync();
        var began = TimeProvider.System.GetTimestamp();
        await stopped.StopAsync();
        await stopped.SaysAsync("ended");
        TestContext.Current.TestOutputHelper!.WriteLine($"Stopped in {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s.");
        using var late = early is null ? await StartAsync() : null;

        await Eventually.BecomesTrueAsync(() => _stepper.Done.Contains(run), "the run goes on");
        TestContext.Current.TestOutputHelper!.WriteLine($"Went on after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s.");
        _stepper.Done.Count.ShouldBe(1);
        await (early ?? late)!.StopAsync(Cancellation);
    }

    protected static Task AskAsync(IHost host, Guid run, JobQueue queue, TimeSpan? after = null) =>
        host.Services.GetRequiredService<IJobEngine>().ScheduleAsync(run, queue, TimeProvider.System.GetUtcNow() + (after ?? TimeSpan.Zero), Cancellation);

    protected async Task<IHost> StartAsync(int copies = 2, int control = 2)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IRunStepper>(_stepper);
        AddEngine(builder.Services, Options with { MaxCopies = copies, ControlWorkers = control });
        var host = builder.Build();
        await host.StartAsync(Cancellation);
        return host;
    }

    private sealed class Stepper : IRunStepper
    {
        public ConcurrentQueue<Guid> Begun { get; } = new();

        public ConcurrentQueue<Guid> Done { get; } = new();

        public Func<Guid, CancellationToken, Task> During { get; set; } = (_, _) => Task.CompletedTask;

        public async Task StepAsync(Guid runId, CancellationToken cancellationToken)
        {
            Begun.Enqueue(runId);
            await During(runId, cancellationToken);
            Done.Enqueue(runId);
        }
    }
}
