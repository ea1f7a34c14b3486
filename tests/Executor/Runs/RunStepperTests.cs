using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Conversion;
using Migrate.Executor.Copy;
using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Jobs;
using Migrate.Executor.Manifests;
using Migrate.Executor.Rehearsals;
using Migrate.Executor.Runs;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Runs.KeepBehind;
using Migrate.Executor.Runs.Steps;
using Migrate.Executor.Runs.Warm;
using Migrate.Executor.Sources;
using Migrate.Executor.Targets;
using Migrate.Executor.Tests.Jobs;
using Migrate.Planner;
using Migrate.Planner.Baselines;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Target.Admin;

namespace Migrate.Executor.Tests.Runs;

/// <summary>The state machine alone: real leases, rows and target, steps that do what the test says.</summary>
[UsesDatabase]
public sealed class RunStepperTests : IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private readonly RecordedJobs _jobs = new();
    private RunsDatabase _database = null!;
    private NvmeTarget _target = null!;
    private LeaseStore _leases = null!;
    private TargetFence _fence = null!;
    private JournalStore _journals = null!;
    private RunLog _log = null!;
    private RunControl _control = null!;
    private ExecutorOptions _options = null!;
    private HangingTarget? _hang;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await RunsDatabase.CreateAsync();
        _options = new ExecutorOptions { DataDirectory = _database.Directory };
        _target = await NvmeTarget.StartAsync(
            new TargetOptions { Directory = Path.Combine(_database.Directory, "target"), Listen = IPAddress.Loopback, Port = 0 },
            TimeProvider.System, NullLoggerFactory.Instance, Cancellation);
        _leases = new LeaseStore(_database, _options, _time, NullLogger<LeaseStore>.Instance);
        _fence = new TargetFence(new InProcessTarget(_target));
        _journals = new JournalStore(_database, _time);
        _log = new RunLog(_database, _time, NullLogger<RunLog>.Instance);
        _control = new RunControl(_database, _leases, new CutoverGates(_database, new PlanChecks(_database), _time), new ChangesBehind(_database, _time), _jobs, _log, _time);
    }

    public async ValueTask DisposeAsync()
    {
        await _target.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_step_that_is_through_leads_to_the_next_phase_and_asks_for_it()
    {
        var run = await _database.AddRunAsync(RunPhase.Preparing, _time.GetUtcNow());

        await Stepper(Step(RunPhase.Preparing, (_, _) => Task.FromResult(RunPhase.Seeding))).StepAsync(run.Id, Cancellation);

        var after = await _database.ReadAsync(run.Id);
        after.Phase.ShouldBe(RunPhase.Seeding);
        after.LeaseOwner.ShouldBeNull();
        var asked = _jobs.Asked.ShouldHaveSingleItem();
        asked.ShouldBe((run.Id, JobQueue.Copy, _time.GetUtcNow()));
    }

    [Fact]
    public async Task A_completed_run_asks_for_nothing()
    {
        var run = await _database.AddRunAsync(RunPhase.Validating, _time.GetUtcNow());

        await Stepper(Step(RunPhase.Validating, (_, _) => Task.FromResult(RunPhase.Completed))).StepAsync(run.Id, Cancellation);

        var after = await _database.ReadAsync(run.Id);
        after.Phase.ShouldBe(RunPhase.Completed);
        after.FinishedAt.ShouldBe(_time.GetUtcNow().UtcDateTime);
        _jobs.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_step_that_the_database_failed_is_done_again()
    {
        var run = await _database.AddRunAsync(RunPhase.Preparing, _time.GetUtcNow());

        await Stepper(Step(RunPhase.Preparing, (_, _) => throw new Microsoft.Data.Sqlite.SqliteException("database is locked", 5))).StepAsync(run.Id, Cancellation);

        var after = await _database.ReadAsync(run.Id);
        (after.Phase, after.TransientFailures, after.DueAt).ShouldBe((RunPhase.Preparing, 1, (_time.GetUtcNow() + _options.TransientBackoff).UtcDateTime));
    }

    [Fact]
    public async Task When_the_database_cannot_even_take_the_failure_the_run_stays_due()
    {
        var run = await _database.AddRunAsync(RunPhase.Preparing, _time.GetUtcNow());

        await Stepper(Step(RunPhase.Preparing, (_, _) =>
        {
            _database.IsBroken = true;
            throw new InvalidOperationException("whatever it was");
        })).StepAsync(run.Id, Cancellation);

        _database.IsBroken = false;
        var after = await _database.ReadAsync(run.Id);
        (after.Phase, after.DueAt, after.LeaseOwner is null).ShouldBe((RunPhase.Preparing, _time.GetUtcNow().UtcDateTime, false), "the lease runs out by itself");
        await _leases.LeftBehindAsync(Cancellation).WaitAsync(TimeSpan.FromMinutes(1), Cancellation);
    }

    [Fact]
    public async Task A_second_job_for_a_run_at_work_returns_quietly()
    {
        var run = await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow());
        var (calls, hold) = (0, new TaskCompletionSource());
        var stepper = Stepper(Step(RunPhase.Seeding, async (_, _) =>
        {
            Interlocked.Increment(ref calls);
            await hold.Task;
            return RunPhase.Syncing;
        }));

        var first = stepper.StepAsync(run.Id, Cancellation);
        await Eventually.BecomesTrueAsync(() => calls == 1, "the first works");
        await stepper.StepAsync(run.Id, Cancellation);
        hold.SetResult();
        await first;

        calls.ShouldBe(1);
        (await _database.ReadAsync(run.Id)).LeaseEpoch.ShouldBe(1);
    }

    [Fact]
    public async Task A_job_for_a_run_that_another_process_holds_looks_again_when_its_lease_is_over()
    {
        var run = await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow());
        var elsewhere = new LeaseStore(_database, _options, _time, NullLogger<LeaseStore>.Instance);
        await using var lease = await elsewhere.TryTakeAsync(run.Id, Cancellation);

        await Stepper().StepAsync(run.Id, Cancellation);

        _jobs.Asked.ShouldHaveSingleItem().ShouldBe((run.Id, JobQueue.Copy, _time.GetUtcNow() + _options.LeaseDuration + TimeSpan.FromSeconds(1)));
    }

    [Theory]
    [InlineData(RunPhase.Paused)]
    [InlineData(RunPhase.Failed)]
    [InlineData(RunPhase.Completed)]
    [InlineData(RunPhase.RolledBack)]
    public async Task A_late_job_for_a_run_that_is_not_at_work_does_nothing(RunPhase phase)
    {
        var run = await _database.AddRunAsync(phase, _time.GetUtcNow());

        await Stepper().StepAsync(run.Id, Cancellation);

        (await _database.ReadAsync(run.Id)).LeaseEpoch.ShouldBe(0);
    }

    [Fact]
    public async Task A_job_that_comes_before_its_time_does_nothing()
    {
        var run = await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow().AddMinutes(1));

        await Stepper().StepAsync(run.Id, Cancellation);

        (await _database.ReadAsync(run.Id)).LeaseEpoch.ShouldBe(0);
    }

    [Fact]
    public async Task A_failure_names_cause_remedy_and_leftovers_and_can_be_retried_from_its_phase()
    {
        var run = await _database.AddRunAsync(RunPhase.CuttingOver, _time.GetUtcNow());
        var fail = true;
        var stepper = Stepper(Step(RunPhase.CuttingOver, (_, _) => fail
            ? throw new MigrateException("libvirt.refused", "libvirt refused it.", "Change it.") { LeftBehind = ["domain web01: virsh undefine web01"] }
            : Task.FromResult(RunPhase.Validating)));

        await stepper.StepAsync(run.Id, Cancellation);

        var failed = await _database.ReadAsync(run.Id);
        (failed.Phase, failed.ResumePhase).ShouldBe((RunPhase.Failed, RunPhase.CuttingOver));
        (failed.ErrorCode, failed.Error, failed.Remedy).ShouldBe(("libvirt.refused", "libvirt refused it.", "Change it."));
        failed.LeftBehind.ShouldContain("virsh undefine web01");
        failed.LeaseOwner.ShouldBeNull();
        _jobs.Asked.ShouldBeEmpty();
        (await _database.EventsAsync(run.Id)).ShouldContain(x => x.Level == "error" && x.Message.Contains("Change it."));

        fail = false;
        var retried = await _control.RetryAsync(run.Id, Cancellation);
        (retried.Phase, retried.Attempt, retried.ErrorCode).ShouldBe((RunPhase.CuttingOver, 2, null));
        _jobs.Asked.ShouldHaveSingleItem();
        await stepper.StepAsync(run.Id, Cancellation);
        (await _database.ReadAsync(run.Id)).Phase.ShouldBe(RunPhase.Validating);
    }

    [Fact]
    public async Task A_defect_says_that_it_is_one_and_shows_nothing_of_its_message()
    {
        var run = await _database.AddRunAsync(RunPhase.Preparing, _time.GetUtcNow());

        await Stepper(Step(RunPhase.Preparing, (_, _) => throw new InvalidOperationException("password=hunter2"))).StepAsync(run.Id, Cancellation);

        var failed = await _database.ReadAsync(run.Id);
        failed.ErrorCode.ShouldBe("internal");
        failed.Error!.ShouldContain("defect");
        (failed.Error + failed.Remedy + string.Concat((await _database.EventsAsync(run.Id)).Select(x => x.Message))).ShouldNotContain("hunter2");
    }

    [Fact]
    public async Task A_transient_failure_is_tried_again_later_and_later_and_then_fails_the_run()
    {
        var run = await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow());
        var stepper = Stepper(Step(
            RunPhase.Seeding, (_, _) => throw new MigrateException("source.unreachable", "It does not answer.", "Wait.") { IsTransient = true }));

        var waits = new List<double>();
        for (var i = 0; i < _options.TransientRetries; i++)
        {
            await stepper.StepAsync(run.Id, Cancellation);
            var postponed = await _database.ReadAsync(run.Id);
            postponed.Phase.ShouldBe(RunPhase.Seeding);
            waits.Add((postponed.DueAt!.Value - _time.GetUtcNow().UtcDateTime).TotalSeconds);
            _time.Advance(TimeSpan.FromSeconds(waits[^1]));
        }

        waits.ShouldBe([5, 10, 20, 40]);
        _jobs.Asked.Count.ShouldBe(4);
        await stepper.StepAsync(run.Id, Cancellation);
        (await _database.ReadAsync(run.Id)).ErrorCode.ShouldBe("source.unreachable");
    }

    [Fact]
    public async Task A_step_that_comes_on_between_its_failures_is_tried_again_without_end()
    {
        var run = await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow());
        var stepper = Stepper(Step(RunPhase.Seeding, (work, _) =>
        {
            work.HasProgressed = true;
            throw new MigrateException("source.unreachable", "It does not answer.", "Wait.") { IsTransient = true };
        }));

        for (var i = 0; i < 3 * _options.TransientRetries; i++)
        {
            await stepper.StepAsync(run.Id, Cancellation);
            var postponed = await _database.ReadAsync(run.Id);
            (postponed.Phase, postponed.TransientFailures).ShouldBe((RunPhase.Seeding, 1));
            _time.Advance(_options.TransientBackoff);
        }
    }

    [Fact]
    public async Task Pausing_stops_the_step_and_resuming_goes_on_in_its_phase()
    {
        var run = await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow());
        var began = new TaskCompletionSource();
        var stepper = Stepper(Step(RunPhase.Seeding, async (_, ct) =>
        {
            began.TrySetResult();
            await Task.Delay(Timeout.Infinite, ct);
            return RunPhase.Syncing;
        }));
        var working = stepper.StepAsync(run.Id, Cancellation);
        await began.Task;

        await _control.PauseAsync(run.Id, Cancellation);
        await working;

        var paused = await _database.ReadAsync(run.Id);
        (paused.Phase, paused.ResumePhase, paused.Request, paused.LeaseOwner).ShouldBe((RunPhase.Paused, RunPhase.Seeding, null, null));
        (await _control.ResumeAsync(run.Id, Cancellation)).Phase.ShouldBe(RunPhase.Seeding);
    }

    [Fact]
    public async Task A_step_that_must_not_be_interrupted_is_done_before_the_run_pauses()
    {
        var run = await _database.AddRunAsync(RunPhase.CuttingOver, _time.GetUtcNow());
        var (began, hold) = (new TaskCompletionSource(), new TaskCompletionSource());
        var stepper = Stepper(Step(RunPhase.CuttingOver, stopsForRequests: false, run: async (_, ct) =>
        {
            began.SetResult();
            await hold.Task.WaitAsync(ct);
            return RunPhase.Validating;
        }));
        var working = stepper.StepAsync(run.Id, Cancellation);
        await began.Task;

        await _control.PauseAsync(run.Id, Cancellation);
        await Task.Delay(200, Cancellation);
        working.IsCompleted.ShouldBeFalse();
        hold.SetResult();
        await working;

        var paused = await _database.ReadAsync(run.Id);
        (paused.Phase, paused.ResumePhase).ShouldBe((RunPhase.Paused, RunPhase.Validating));
    }

    [Fact]
    public async Task Stopping_the_executor_leaves_the_run_due_and_free_and_hands_it_over()
    {
        var run = await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow());
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var stepper = Stepper(Step(RunPhase.Seeding, async (_, ct) =>
        {
            await stopping.CancelAsync();
            ct.ThrowIfCancellationRequested();
            return RunPhase.Syncing;
        }));

        await Should.ThrowAsync<OperationCanceledException>(stepper.StepAsync(run.Id, stopping.Token));

        var after = await _database.ReadAsync(run.Id);
        (after.Phase, after.LeaseOwner).ShouldBe((RunPhase.Seeding, null));
        after.DueAt!.Value.ShouldBeLessThanOrEqualTo(_time.GetUtcNow().UtcDateTime);
    }

    [Fact]
    public async Task What_was_put_off_can_be_tried_at_once_and_what_is_due_or_at_work_need_not()
    {
        var run = await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow().AddMinutes(5), x => x.TransientFailures = 2);
        var jobs = new JobControl(_control, new RunStore(_database));

        (await jobs.RetryAsync(run.Id, Cancellation)).DueAt.ShouldBe(_time.GetUtcNow().UtcDateTime);

        _jobs.Asked.ShouldHaveSingleItem().ShouldBe((run.Id, JobQueue.Copy, _time.GetUtcNow()));
        (await Should.ThrowAsync<MigrateException>(jobs.RetryAsync(run.Id, Cancellation))).Code.ShouldBe("run.wrong-phase");
        await using var lease = await _leases.TryTakeAsync(run.Id, Cancellation);
        (await Should.ThrowAsync<MigrateException>(jobs.RetryAsync(run.Id, Cancellation))).Code.ShouldBe("run.wrong-phase");
        (await _database.ReadAsync(run.Id)).LeaseTakenAt.ShouldBe(_time.GetUtcNow().UtcDateTime);
    }

    [Fact]
    public async Task A_worker_that_was_overtaken_changes_nothing()
    {
        var run = await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow());
        var stepper = Stepper(Step(RunPhase.Seeding, async (work, ct) =>
        {
            await TakeOverAsync(run.Id);
            await work.UpdateAsync(set => set.SetProperty(x => x.DomainName, "stolen"), ct);
            return RunPhase.Syncing;
        }));

        await stepper.StepAsync(run.Id, Cancellation);

        var after = await _database.ReadAsync(run.Id);
        (after.Phase, after.LeaseOwner, after.LeaseEpoch, after.DomainName).ShouldBe((RunPhase.Seeding, "another", 2L, null));
    }

    [Fact]
    public async Task An_overtaken_worker_cannot_grant_a_namespace_back_to_itself()
    {
        var run = await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow());
        var made = await _target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), 1 << 20), Cancellation);
        var old = (await _leases.TryTakeAsync(run.Id, Cancellation))!;
        await _fence.GrantAsync(old, made.Uuid, Cancellation);
        await TakeOverAsync(run.Id);

        await Should.ThrowAsync<LeaseLostException>(() => _fence.GrantAsync(old, made.Uuid, Cancellation));

        // It looked before it was overtaken and asks the target after: the target knows.
        var newer = "nqn.2014-08.org.nvmexpress:uuid:00000000-0000-0000-0000-000000000001";
        await _target.GrantAsync(made.Uuid, newer, old.Epoch + 1, Cancellation);
        (await Should.ThrowAsync<TargetException>(() => _target.GrantAsync(made.Uuid, old.HostNqn, old.Epoch, Cancellation))).Code.ShouldBe("target.epoch-stale");
        _target.FindNamespace(made.Uuid)!.GrantedHostNqn.ShouldBe(newer);
        await old.DisposeAsync();
    }

    [Theory]
    [InlineData(RunPhase.Completed)]
    [InlineData(RunPhase.RolledBack)]
    [InlineData(RunPhase.Seeding)]
    public async Task What_cannot_be_retried_is_refused_with_what_can_be_done(RunPhase phase)
    {
        var run = await _database.AddRunAsync(phase, _time.GetUtcNow());

        var refused = await Should.ThrowAsync<MigrateException>(() => _control.RetryAsync(run.Id, Cancellation));

        refused.Code.ShouldBe("run.wrong-phase");
        refused.Message.ShouldContain("web01");
        (await Should.ThrowAsync<MigrateException>(() => _control.RetryAsync(Guid.NewGuid(), Cancellation))).Code.ShouldBe("run.unknown");
    }

    [Fact]
    public async Task A_run_that_did_nothing_yet_is_rolled_back_at_once()
    {
        var run = await _database.AddRunAsync(RunPhase.Paused, null, x => x.ResumePhase = RunPhase.Preparing);

        await _control.RollBackAsync(run.Id, deleteData: true, discardChanges: false, new ApproversWord("a test", "because of it"), Cancellation);
        await Stepper().StepAsync(run.Id, Cancellation);

        var after = await _database.ReadAsync(run.Id);
        (after.Phase, after.Request).ShouldBe((RunPhase.RolledBack, null));
    }

    [Theory]
    [InlineData(RunPhase.CuttingOver, null)]
    [InlineData(RunPhase.Validating, "web01")]
    [InlineData(RunPhase.Completed, "web01")]
    [InlineData(RunPhase.Failed, "web01")]
    [InlineData(RunPhase.Paused, "web01")]
    public async Task Once_a_domain_may_have_run_a_roll_back_must_say_that_its_changes_go(RunPhase phase, string? domain)
    {
        var run = await _database.AddRunAsync(phase, null, x => x.DomainName = domain);

        var refused = await Should.ThrowAsync<MigrateException>(() => _control.RollBackAsync(run.Id, deleteData: false, discardChanges: false, new ApproversWord("a test", "because of it"), Cancellation));

        refused.Code.ShouldBe("run.changes-unconfirmed");
        refused.Remedy.ShouldContain("--discard-changes");
        (await _database.ReadAsync(run.Id)).Request.ShouldBeNull();
        (await _control.RollBackAsync(run.Id, deleteData: false, discardChanges: true, new ApproversWord("a test", "because of it"), Cancellation)).Request.ShouldBe(RunRequest.RollBack);
    }

    [Theory]
    [InlineData(RunPhase.Seeding)]
    [InlineData(RunPhase.Failed)]
    public async Task Before_a_domain_can_have_run_a_roll_back_needs_no_confirmation(RunPhase phase)
    {
        var run = await _database.AddRunAsync(phase, null);

        (await _control.RollBackAsync(run.Id, deleteData: true, discardChanges: false, new ApproversWord("a test", "because of it"), Cancellation)).Request.ShouldBe(RunRequest.RollBackAndDeleteData);
    }

    [Fact]
    public async Task A_roll_back_that_fails_half_way_can_only_be_rolled_back_again()
    {
        // Its password cannot be decrypted, so that the source cannot be powered on again.
        var run = await _database.AddRunAsync(RunPhase.Completed, null, x => x.SourceChanges =
            """[{"kind":"guest-shutdown","description":"d","undo":"u","at":"2026-01-02T03:00:00Z"}]""");
        await _control.RollBackAsync(run.Id, deleteData: true, discardChanges: true, new ApproversWord("a test", "because of it"), Cancellation);
        await Stepper().StepAsync(run.Id, Cancellation);
        var failed = await _database.ReadAsync(run.Id);
        (failed.Phase, failed.ResumePhase, failed.ErrorCode).ShouldBe((RunPhase.Failed, RunPhase.RolledBack, "source.password-unreadable"));

        var refused = await Should.ThrowAsync<MigrateException>(() => _control.RetryAsync(run.Id, Cancellation));

        refused.Remedy.ShouldContain("roll it back again");
        (await _control.RollBackAsync(run.Id, deleteData: true, discardChanges: false, new ApproversWord("a test", "because of it"), Cancellation)).Request.ShouldBe(RunRequest.RollBackAndDeleteData);
    }

    [Fact]
    public async Task Rolled_back_runs_leave_no_journal()
    {
        var run = await _database.AddRunAsync(RunPhase.Paused, null);
        var disk = new RunDisk { Id = Guid.NewGuid(), RunId = run.Id, Label = "disk", Reader = "test", CapacityBytes = Extent.Size, NamespaceUuid = Guid.NewGuid() };
        await using (var lease = (await _leases.TryTakeAsync(run.Id, Cancellation))!)
        await using (var journal = await _journals.OpenAsync(lease.Claim, disk, Cancellation))
        {
            await journal.AppendAsync([new JournalRecord(0, 1, default)], Cancellation);
        }

        await _control.RollBackAsync(run.Id, deleteData: true, discardChanges: false, new ApproversWord("a test", "because of it"), Cancellation);
        await Stepper().StepAsync(run.Id, Cancellation);

        await using var db = _database.CreateDbContext();
        (await db.Journals.CountAsync(Cancellation), await db.JournalSegments.CountAsync(Cancellation)).ShouldBe((0, 0));
    }

    [Theory]
    [InlineData(RunPhase.Syncing, null)]
    [InlineData(RunPhase.Ready, null)]
    [InlineData(RunPhase.Syncing, 600)]
    public async Task A_word_for_the_cutover_that_comes_while_a_step_decides_to_wait_is_not_lost(RunPhase phase, int? waits)
    {
        var run = await _database.AddRunAsync(phase, _time.GetUtcNow());
        await using (var db = _database.CreateDbContext())
        {
            (await db.Runs.FindAsync([run.Id], Cancellation))!.TrackingPhase = Planner.VSphere.ChangeTracking.TrackingPhase.Ready;
            await db.SaveChangesAsync(Cancellation);
        }

        await Stepper(Step(phase, async (work, _) =>
        {
            await _control.CutOverAsync(run.Id, at: null, force: true, new ApproversWord("a test", "because of it"), Cancellation);
            await work.UpdateAsync(set => set.SetProperty(x => x.ReadyAt, _time.GetUtcNow().UtcDateTime), Cancellation); // Whatever it writes down for itself.
            work.Next = Due.Later(waits is { } seconds ? _time.GetUtcNow().UtcDateTime.AddSeconds(seconds) : null);
            return phase;
        })).StepAsync(run.Id, Cancellation);

        var after = await _database.ReadAsync(run.Id);
        (after.Phase, after.DueAt).ShouldBe((RunPhase.Ready, _time.GetUtcNow().UtcDateTime));
        _jobs.Asked.Last().ShouldBe((run.Id, JobQueue.Control, _time.GetUtcNow()));
    }

    [Fact]
    public async Task A_target_that_hangs_does_not_keep_a_run_from_failing()
    {
        var run = await _database.AddRunAsync(RunPhase.Preparing, _time.GetUtcNow());
        await using (var db = _database.CreateDbContext())
        {
            PlannedDisk[] disks = [new() { Key = 2000, Label = "Hard disk 1", CapacityBytes = 1 << 20, FileName = "[ds] a.vmdk", Reader = "folder", Why = "", NamespaceUuid = Guid.NewGuid() }];
            (await db.PlanVms.FindAsync([run.PlanVmId], Cancellation))!.Disks = JsonSerializer.Serialize(disks, PlannerJson.Default.IReadOnlyListPlannedDisk);
            await db.SaveChangesAsync(Cancellation);
        }

        _hang = new HangingTarget(new InProcessTarget(_target));
        var stepping = Stepper(Step(RunPhase.Preparing, (_, _) => throw new MigrateException("test.failed", "It failed.", "Nothing."))).StepAsync(run.Id, Cancellation);
        await _hang.Asked.WaitAsync(Cancellation);
        await Eventually.BecomesTrueAsync(() => _time.Waits.Any(x => x <= TimeSpan.FromSeconds(5)), "its patience has begun, which is after it asked");
        _time.Advance(TimeSpan.FromSeconds(5));
        await stepping;

        var after = await _database.ReadAsync(run.Id);
        (after.Phase, after.ErrorCode).ShouldBe((RunPhase.Failed, "test.failed"));
        after.LeftBehind.ShouldContain("did not answer");
    }

    [Fact]
    public async Task A_verdict_that_is_asked_for_while_a_look_makes_up_its_mind_is_not_put_off_until_the_next_look()
    {
        var run = await _database.AddRunAsync(RunPhase.Validating, _time.GetUtcNow());
        var later = _time.GetUtcNow().UtcDateTime.AddHours(1);
        var asks = true;
        var stepper = Stepper(Step(RunPhase.Validating, async (work, ct) =>
        {
            if (asks)
            {
                await _control.JudgeAsync(work.Run.Id, ct);
            }

            work.Next = Due.Later(later);
            return RunPhase.Validating;
        }));

        await stepper.StepAsync(run.Id, Cancellation);

        var after = await _database.ReadAsync(run.Id);
        (after.JudgeAskedAt, after.DueAt).ShouldBe((_time.GetUtcNow().UtcDateTime, _time.GetUtcNow().UtcDateTime));
    }

    [Fact]
    public async Task A_run_that_waits_for_its_look_is_judged_at_once_when_that_is_asked_for_and_no_other_run_is()
    {
        var run = await _database.AddRunAsync(RunPhase.Validating, _time.GetUtcNow().AddDays(3));
        await _control.JudgeAsync(run.Id, Cancellation);
        (await _database.ReadAsync(run.Id)).DueAt.ShouldBe(_time.GetUtcNow().UtcDateTime);
        _jobs.Asked.ShouldContain((run.Id, JobQueue.Control, _time.GetUtcNow()));
        var ready = await _database.AddRunAsync(RunPhase.Ready, null);
        (await Should.ThrowAsync<MigrateException>(() => _control.JudgeAsync(ready.Id, Cancellation))).Code.ShouldBe("run.wrong-phase");
    }

    private static ScriptedStep Step(RunPhase phase, Func<RunWork, CancellationToken, Task<RunPhase>> run, bool stopsForRequests = true) =>
        new(phase, stopsForRequests, run);

    private RunStepper Stepper(params IRunStep[] steps)
    {
        var files = new RunFiles(_options, _time);
        var sources = new SourceAccess(new EphemeralDataProtectionProvider(), _time, NullLoggerFactory.Instance);
        var target = new InProcessTarget(_target);
        var destination = new RunDestination(target, _fence, _options, _time, NullLoggerFactory.Instance);
        var progress = new DiskProgressWriter(_database, _time, NullLogger<DiskProgressWriter>.Instance);
        var (throttles, origins) = (new CopyThrottles(_time), new CopyOrigins(_database));
        var copy = new PassCopy(new HostBudgets(_options.HostBudget, _time), destination, origins, _journals, progress, throttles, _options, _time);
        var passes = new WarmPasses(sources, copy, new PassHours(throttles, destination, origins, _time), destination, _journals, new CopyLimits(_options.CopyLimits), _options, _time, NullLoggerFactory.Instance);
        var manifests = new RunManifests(_journals, new RunStore(_database), target, _options, _time);
        var attachment = new RunAttachment(target, _fence, manifests, _journals, _time);
        var (domains, conversion) = (new RunDomains(target, files, new BaselineStore(_database), _time), new GuestConversion(target, files, _options, _time));
        var rollBack = new RollBackStep(sources, target, domains, attachment, _journals, passes, new SourceIsolation(sources, _time), conversion, new ChangesBehind(_database, _time), _time);
        var bench = new RehearsalBench(conversion, domains, new InventoryStore(_database, _time), files, _time);
        var rehearsals = new GuestRehearsal(bench, target, _fence, files, new RunStore(_database), _time);
        return new RunStepper(_database, _leases, _jobs, steps, rollBack, passes, rehearsals, new Leftovers(_hang ?? (ITargetControl)target, _options, _time), _log, _options, _time, NullLogger<RunStepper>.Instance);
    }

    private async Task TakeOverAsync(Guid runId)
    {
        await using var db = _database.CreateDbContext();
        var run = await db.Runs.FindAsync([runId], Cancellation);
        run!.LeaseOwner = "another";
        run.LeaseEpoch++;
        await db.SaveChangesAsync(Cancellation);
    }
}
