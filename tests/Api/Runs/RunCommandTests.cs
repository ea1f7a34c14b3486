using System.Net.Http.Json;
using System.Text.Json;
using Migrate.Executor.Validation.Observation;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Api.Tests.Runs;

/// <summary>What <c>run show</c> says of runs as they lie in the database, in states that a real one passes too quickly.</summary>
public sealed class RunCommandTests(RunningServer server)
{
    private const long GiB = 1L << 30;

    [Theory]
    [InlineData(MigrationMode.Cold, VerifyLevel.ReadBack)]
    [InlineData(MigrationMode.Cold, VerifyLevel.Sample)]
    [InlineData(MigrationMode.Warm, VerifyLevel.Source)]
    [InlineData(MigrationMode.Warm, VerifyLevel.Sample)]
    public async Task How_a_copy_is_proven_is_told_as_the_plan_wants_it_in_either_mode(MigrationMode mode, VerifyLevel level)
    {
        var run = await AddRunAsync(mode, level);

        (await server.RunAsync("run", "show", run.ToString())).Out.ShouldContain($"verified by: {level}");
    }

    [Fact]
    public async Task A_disk_that_is_copied_shows_between_what_its_end_lies_and_one_that_stalls_since_when()
    {
        var now = DateTime.UtcNow;
        var run = await AddRunAsync(MigrationMode.Cold, VerifyLevel.ReadBack, disk =>
            (disk.ProgressAt, disk.SettledAt, disk.BytesPerSecond, disk.EtaSeconds, disk.EarliestEtaSeconds, disk.LatestEtaSeconds) = (now.AddMinutes(10), now, GiB / 1024, 600, 480, 840));
        var stalled = await AddRunAsync(MigrationMode.Cold, VerifyLevel.ReadBack, disk =>
            (disk.ProgressAt, disk.SettledAt, disk.StalledSince, disk.Bottleneck) = (now.AddMinutes(10), now, new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), "Nothing was settled for 40 s."));

        (await server.RunAsync("run", "show", run.ToString())).Out.ShouldContain(", 10 min 00 s left (8 min 00 s to 14 min 00 s)");
        (await server.RunAsync("run", "show", stalled.ToString())).Out.ShouldContain("stalled since 2026-01-02 03:04:05 UTC; Nothing was settled for 40 s.");
    }

    [Fact]
    public async Task Gates_are_told_apart_and_an_approval_opens_its_own()
    {
        var run = (await server.AddRunAsync("gates-" + Guid.NewGuid().ToString("N")[..8], (plan, vm, x) =>
        {
            plan.Policy = JsonSerializer.Serialize(new PlanPolicy { RequireApproval = true }, PlannerJson.Default.PlanPolicy);
            vm.Mode = MigrationMode.Warm;
            (x.Phase, x.ResumePhase, x.TrackingPhase) = (RunPhase.Paused, RunPhase.Syncing, Migrate.Planner.VSphere.ChangeTracking.TrackingPhase.Ready);
        })).Id.ToString();

        var closed = await server.RunAsync("run", "gates", run);
        closed.ExitCode.ShouldBe(3);
        closed.Out.ShouldContain("approval  Closed    The plan wants somebody's approval");
        closed.Out.ShouldContain("checks    Green");
        var refused = await server.RunAsync("run", "cutover", run, "--reason", "because of a test");
        refused.ExitCode.ShouldBe(3);
        refused.Error.ShouldContain("approval: migrate run approve");
        refused.Error.ShouldContain("ready: ");
        (await server.RunAsync("run", "approve", run, "--reason", "no")).Error.ShouldContain("8 characters");
        (await server.RunAsync("run", "approve", run, "--reason", "rehearsed on Tuesday", "--by", "ann")).ExitCode.ShouldBe(0);

        var after = await server.RunAsync("run", "gates", run);
        after.ExitCode.ShouldBe(3, "it is not Ready");
        after.Out.ShouldContain("ann (unverified)");
        after.Out.ShouldContain("rehearsed on Tuesday");
        after.Out.ShouldNotContain("approval  Closed");
    }

    [Fact]
    public async Task A_run_that_is_observed_says_so_and_is_judged_when_that_is_asked_for()
    {
        var since = new DateTime(2026, 1, 2, 3, 0, 0, DateTimeKind.Utc);
        var state = new ObservationState { At = since.AddMinutes(5), Disks = [new ObservedDisk(2000, "Hard disk 1", "ua-disk-2000")], Notes = [new(NoteKind.BlockJob, "backup", since, since, 1, 0)] };
        var run = await server.AddRunAsync("observed-" + Guid.NewGuid().ToString("N")[..8], (_, _, x) => (x.Phase, x.DueAt) = (RunPhase.Validating, DateTime.UtcNow.AddDays(1)), x => new StorageObservation
        {
            RunId = x.Id,
            Domain = "web01",
            StartedAt = since,
            LookAt = since.AddMinutes(20),
            Until = since.AddDays(1),
            StoredUntil = since.AddMinutes(5),
            Operations = 4711,
            Looks = 1,
            Said = "Look 1 said nothing.",
            Around = """{"seconds":60,"virtualCpus":4,"disks":[],"ioThreads":[{"id":"iothread1","busy":0.93}]}""",
            State = state.Write(),
            Owner = "another",
            OwnerUntil = DateTime.UtcNow.AddDays(1),
        });

        var shown = (await server.RunAsync("run", "show", run.Id.ToString())).Out;
        shown.ShouldContain("observed since 2026-01-02 03:00:00 UTC, 4711 I/Os seen until 2026-01-02 03:05:00 UTC; looked at 2026-01-02 03:20:00 UTC, and until 2026-01-03 03:00:00 UTC if that leaves the verdict open");
        shown.ShouldContain("Look 1 said nothing.");
        shown.ShouldContain("may make it slow: The IOThread iothread1 was busy for 93 % of the time");
        shown.ShouldContain("not to be trusted: a block job (backup) went on at 2026-01-02 03:00:00Z");
        (await server.RunAsync("run", "list", "--json")).Out.ShouldContain("4711 I/Os seen");
        (await server.RunAsync("run", "judge", run.Id.ToString())).ExitCode.ShouldBe(0);
        (await server.RunAsync("run", "log", run.Id.ToString())).Out.ShouldContain("The verdict was asked for");
        var done = (await server.AddRunAsync("done-" + Guid.NewGuid().ToString("N")[..8], (_, _, x) => x.Phase = RunPhase.Completed)).Id;
        (await server.RunAsync("run", "judge", done.ToString())).Error.ShouldContain("it cannot be judged now");
    }

    [Fact]
    public async Task A_failed_verdict_is_accepted_with_a_reason_and_shown_with_it()
    {
        var run = (await server.AddRunAsync("failed-" + Guid.NewGuid().ToString("N")[..8], (_, _, x) =>
        {
            (x.Phase, x.Outcome) = (RunPhase.Completed, "Fail");
            x.Verdict = """{"vmName":"web01","judgedAt":"2026-01-02T03:04:05Z","outcome":"Fail","aspects":[{"aspect":"Identity","outcome":"Fail","statement":"An address is gone.","reasons":[]}],"latencies":[]}""";
        })).Id.ToString();

        var shown = await server.RunAsync("run", "show", run);
        shown.Out.ShouldContain("which holds the waves after 1 of the plan: Identity: An address is gone.");
        shown.Out.ShouldContain($"migrate run accept {run} --reason TEXT");
        (await server.RunAsync("run", "accept", run, "--reason", "no")).Error.ShouldContain("8 characters");
        (await server.RunAsync("run", "accept", run, "--reason", "moved on Monday", "--by", "ann")).ExitCode.ShouldBe(0);

        (await server.RunAsync("run", "show", run)).Out.ShouldContain("ann (unverified)");
        using var client = server.Client();
        using var again = await client.PostAsJsonAsync($"/api/v1/runs/{run}/accept-verdict", new { reason = "another reason", by = "bob" }, TestContext.Current.CancellationToken);
        again.StatusCode.ShouldBe(System.Net.HttpStatusCode.Conflict);
        (await again.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("moved on Monday");
    }

    [Fact]
    public async Task A_roll_back_tells_how_long_it_took_and_what_it_would_lose()
    {
        var run = (await server.AddRunAsync("back-" + Guid.NewGuid().ToString("N")[..8], (_, _, x) =>
        {
            x.Phase = RunPhase.RolledBack;
            x.RollBack = """[{"part":"ending the domain","at":"2026-01-02T03:04:05Z"},{"part":"restoring the source","at":"2026-01-02T03:04:07.5Z"},{"part":"done","at":"2026-01-02T03:04:17.5Z"}]""";
            x.Behind = """{"since":"2026-01-02T03:00:00Z","seenAt":"2026-01-02T03:04:00Z","disks":[{"diskKey":2000,"label":"Hard disk 1","bytes":196608,"blockBytes":65536}],"lostAt":"2026-01-02T03:04:05Z"}""";
        })).Id.ToString();

        (await server.RunAsync("run", "show", run)).Out.ShouldContain("roll-back: 12.5 s: ending the domain 2.5 s, restoring the source 10.0 s");
        var changes = await server.RunAsync("run", "changes", run);
        changes.Out.ShouldContain("unknown since 2026-01-02 03:04:00Z, when it was 196608 bytes");
        changes.Out.ShouldContain("Hard disk 1: 196608 bytes");
    }

    private async Task<Guid> AddRunAsync(MigrationMode mode, VerifyLevel level, Action<RunDisk>? change = null) => (await server.AddRunAsync(
        "run-" + Guid.NewGuid().ToString("N")[..8],
        (plan, vm, run) =>
        {
            plan.Policy = JsonSerializer.Serialize(new PlanPolicy { Verify = level }, PlannerJson.Default.PlanPolicy);
            vm.Mode = mode;
            (run.Phase, run.ResumePhase) = (RunPhase.Paused, RunPhase.Seeding);
        },
        run =>
        {
            var disk = new RunDisk { Id = Guid.NewGuid(), RunId = run.Id, DiskKey = 2000, Label = "Hard disk 1", CapacityBytes = GiB, BytesDone = GiB / 4, Reader = "https-folder", NamespaceUuid = Guid.NewGuid() };
            change?.Invoke(disk);
            return disk;
        })).Id;
}
