using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Rehearsals;
using Migrate.Executor.Runs;
using Migrate.Executor.Runs.Warm;
using Migrate.Executor.Tests.Jobs;
using Migrate.Executor.Tests.Runs;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Tests.Rehearsals;

/// <summary>When rehearsals are held, what becomes of the run, and what is left when they are broken off; the guest itself is scripted.</summary>
[UsesDatabase]
public sealed class GuestRehearsalTests
{
    private static readonly WarmPolicy Policy = new() { AllowedDowntimeSeconds = 3600, PassIntervalSeconds = 0, DatastoreFreeShare = 0 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_that_is_asked_for_has_the_disks_to_itself_while_the_source_goes_on_and_the_run_goes_on_as_before()
    {
        var bench = new ScriptedBench();
        await using var site = await WarmSite.OpenAsync(Policy, bench: bench);
        await site.StepUntilAsync(RunPhase.Ready);
        bench.OnBoot = async (_, _) =>
        {
            (await site.NamespacesAsync()).ShouldAllBe(x => !x.Online);
            (await site.RunAsync()).Rehearsal.ShouldNotBeNull("it is written down before it is begun").ShouldContain("Running");
            site.Simulator.PowerStateOf(WarmSite.VmName).ShouldBe("poweredOn");
            return ScriptedBench.Works;
        };

        await RehearseAsync(site);

        var record = await RecordAsync(site);
        (record.State, record.BootSeconds, record.Guest, record.IsConverted, record.Attempt).ShouldBe((RehearsalState.Works, 12, "Debian", true, 1));
        record.ConversionSeconds.ShouldNotBeNull().ShouldBeGreaterThan(0);
        bench.Calls.ShouldBe(["check", "convert", "boot", "clean"]);
        (await site.NamespacesAsync()).ShouldAllBe(x => x.Online);
        (await site.RunAsync()).RehearsalAskedAt.ShouldBeNull();
        await site.Get<RunControl>().CutOverAsync(site.RunId, null, force: false, new ApproversWord("a test", "because of it"), Cancel);
        await site.StepUntilAsync(RunPhase.Completed);
        await site.ShouldEqualAsync();
        site.SourceShouldBeAsItWas();
    }

    [Fact]
    public async Task A_plan_that_wants_one_cuts_over_by_itself_after_it_and_after_another_pass()
    {
        var bench = new ScriptedBench();
        await using var site = await WarmSite.OpenAsync(Policy with { Rehearse = true, CutOverWhenReady = true }, bench: bench);
        var passes = 0;
        bench.OnBoot = async (_, _) =>
        {
            passes = (await site.PassesAsync()).Count;
            return ScriptedBench.Works;
        };
        await site.StepUntilAsync(RunPhase.Completed);

        bench.Calls.Count(x => x == "boot").ShouldBe(1);
        (await site.PassesAsync()).Count.ShouldBe(passes + 2, "one of what changed meanwhile, and the last one");
        await site.ShouldEqualAsync();
    }

    [Fact]
    public async Task A_guest_that_does_not_come_up_keeps_its_run_from_cutting_over_by_itself_until_somebody_says_so()
    {
        var bench = new ScriptedBench { OnBoot = (_, _) => Task.FromResult(new RehearsedBoot(RehearsalState.Failed, null, "It did not say it.", "Kernel panic")) };
        await using var site = await WarmSite.OpenAsync(Policy with { Rehearse = true, CutOverWhenReady = true }, bench: bench);
        await Eventually.BecomesTrueAsync(async () =>
        {
            await site.StepAsync();
            return bench.Calls.Contains("clean") && await site.RunAsync() is { Phase: RunPhase.Ready, DueAt: null };
        }, "it was rehearsed, and waits");
        (await RecordAsync(site)).ConsoleEnd.ShouldBe("Kernel panic");
        (await site.LogAsync()).ShouldContain("It waits for a word now");
        site.Starts.ShouldBe(0);

        await site.Get<RunControl>().CutOverAsync(site.RunId, null, force: false, new ApproversWord("a test", "because of it"), Cancel);
        await site.StepUntilAsync(RunPhase.Completed);
        bench.Calls.Count(x => x == "boot").ShouldBe(1);
    }

    [Fact]
    public async Task What_cannot_be_converted_is_a_result_with_code_and_remedy_and_fails_no_run()
    {
        var bench = new ScriptedBench { OnConvert = (_, _) => throw new MigrateException("conversion.luks", "It is encrypted.", "Decrypt it.") };
        await using var site = await WarmSite.OpenAsync(Policy, bench: bench);
        await site.StepUntilAsync(RunPhase.Ready);

        await RehearseAsync(site);

        var record = await RecordAsync(site);
        (record.State, record.Code, record.Remedy).ShouldBe((RehearsalState.Failed, "conversion.luks", "Decrypt it."));
        bench.Calls.ShouldBe(["check", "convert", "clean"]);
        (await site.RunAsync()).Phase.ShouldBe(RunPhase.Ready);
        (await site.NamespacesAsync()).ShouldAllBe(x => x.Online);
    }

    [Fact]
    public async Task Killed_in_the_middle_what_it_left_goes_before_anything_else_and_it_is_held_again()
    {
        var bench = new ScriptedBench();
        await using var site = await WarmSite.OpenAsync(Policy, bench: bench);
        await KilledAsync(site, bench);
        bench.Calls.ShouldBe(["check", "convert", "boot"]);
        (await site.NamespacesAsync()).ShouldAllBe(x => !x.Online, "as the dead server left them");

        await Eventually.BecomesTrueAsync(async () =>
        {
            await site.StepAsync();
            return (await RecordAsync(site)).State == RehearsalState.Works;
        }, "it works");

        bench.Calls.ShouldBe(["check", "convert", "boot", "clean", "check", "convert", "boot", "clean"]);
        (await RecordAsync(site)).Attempt.ShouldBe(2);
        (await site.NamespacesAsync()).ShouldAllBe(x => x.Online);
        await site.Get<RunControl>().CutOverAsync(site.RunId, null, force: false, new ApproversWord("a test", "because of it"), Cancel);
        await site.StepUntilAsync(RunPhase.Completed);
        await site.ShouldEqualAsync();
    }

    [Fact]
    public async Task Killed_in_the_middle_and_rolled_back_nothing_of_it_is_left()
    {
        var bench = new ScriptedBench();
        await using var site = await WarmSite.OpenAsync(Policy, bench: bench);
        await KilledAsync(site, bench);

        await site.Get<RunControl>().RollBackAsync(site.RunId, deleteData: true, discardChanges: false, new ApproversWord("a test", "because of it"), Cancel);
        await site.StepUntilAsync(RunPhase.RolledBack);

        bench.Calls.ShouldBe(["check", "convert", "boot", "clean"]);
        (await site.NamespacesAsync()).ShouldBeEmpty();
        site.SourceShouldBeAsItWas();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whoever_wants_the_cutover_or_a_pause_does_not_wait_for_its_end(bool pause)
    {
        var bench = new ScriptedBench();
        await using var site = await WarmSite.OpenAsync(Policy, bench: bench);
        await site.StepUntilAsync(RunPhase.Ready);
        var begun = new TaskCompletionSource();
        bench.OnBoot = async (_, cancellationToken) =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return ScriptedBench.Works;
        };
        await site.Get<RunControl>().RehearseAsync(site.RunId, Cancel);
        var step = site.StepAsync();
        await begun.Task.WaitAsync(TimeSpan.FromMinutes(2), Cancel);

        await (pause ? site.Get<RunControl>().PauseAsync(site.RunId, Cancel) : site.Get<RunControl>().CutOverAsync(site.RunId, null, force: false, new ApproversWord("a test", "because of it"), Cancel));
        await step;

        await site.StepUntilAsync(pause ? RunPhase.Paused : RunPhase.Completed);
        (await RecordAsync(site)).State.ShouldBe(RehearsalState.Abandoned);
        bench.Calls.ShouldBe(["check", "convert", "boot", "clean"]);
        if (pause)
        {
            (await site.NamespacesAsync()).ShouldAllBe(x => x.Online);
            (await site.RunAsync()).RehearsalAskedAt.ShouldNotBeNull("it is held when the run goes on");
        }
    }

    [Fact]
    public async Task What_converting_took_is_part_of_the_forecast()
    {
        await using var site = await WarmSite.OpenAsync(Policy, bench: new ScriptedBench());
        await site.StepUntilAsync(RunPhase.Ready);
        (await site.Get<WarmForecast>().OfRunAsync(site.RunId, Cancel)).ShouldNotBeNull().Converges.ShouldBeTrue();
        var record = new RehearsalRecord { State = RehearsalState.Works, StartedAt = DateTime.UtcNow, Domain = "d", Directory = "/d", Console = "/c", Guest = "Debian", ConversionSeconds = 3600 };
        await using (var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel))
        {
            await db.Runs.ExecuteUpdateAsync(set => set.SetProperty(x => x.Rehearsal, record.Write()), Cancel);
        }

        (await site.Get<WarmForecast>().OfRunAsync(site.RunId, Cancel))!.Code.ShouldBe("forecast.conversion");
    }

    private static async Task RehearseAsync(WarmSite site)
    {
        await site.Get<RunControl>().RehearseAsync(site.RunId, Cancel);
        await Eventually.BecomesTrueAsync(async () =>
        {
            await site.StepAsync();
            return RehearsalRecord.Read((await site.RunAsync()).Rehearsal) is { State: not RehearsalState.Running };
        }, "it is over");
    }

    /// <summary>Its server dies while the guest boots; another one is there afterwards, and the guest would boot there.</summary>
    private static async Task KilledAsync(WarmSite site, ScriptedBench bench)
    {
        await site.StepUntilAsync(RunPhase.Ready);
        await site.Get<RunControl>().RehearseAsync(site.RunId, Cancel);
        bench.OnBoot = (_, _) =>
        {
            site.Kill.Strike();
            throw new OperationCanceledException("killed");
        };
        await Record.ExceptionAsync(site.StepAsync); // With the database gone it may say so or not.
        site.Kill.HasStruck.ShouldBeTrue();
        await site.StopAsync();
        await site.StartAsync();
        bench.OnBoot = (_, _) => Task.FromResult(ScriptedBench.Works);
    }

    private static async Task<RehearsalRecord> RecordAsync(WarmSite site) => RehearsalRecord.Read((await site.RunAsync()).Rehearsal).ShouldNotBeNull();

    private sealed class ScriptedBench : IRehearsalBench
    {
        public static RehearsedBoot Works { get; } = new(RehearsalState.Works, 12, "It said it.", null);

        public List<string> Calls { get; } = [];

        public Func<RunWork, CancellationToken, Task<RehearsedGuest>> OnConvert { get; set; } = (_, _) => Task.FromResult(new RehearsedGuest([], "Debian", IsConverted: true));

        public Func<RunWork, CancellationToken, Task<RehearsedBoot>> OnBoot { get; set; } = (_, _) => Task.FromResult(Works);

        public Task CheckAsync(RunWork work, CancellationToken cancellationToken)
        {
            Calls.Add("check");
            return Task.CompletedTask;
        }

        public Task<RehearsedGuest> ConvertAsync(RunWork work, CancellationToken cancellationToken)
        {
            Calls.Add("convert");
            return OnConvert(work, cancellationToken);
        }

        public Task<RehearsedBoot> BootAsync(RunWork work, RehearsalRecord record, IReadOnlyList<RehearsedDisk> disks, CancellationToken cancellationToken)
        {
            Calls.Add("boot");
            return OnBoot(work, cancellationToken);
        }

        public Task CleanUpAsync(RunWork work, RehearsalRecord record, CancellationToken cancellationToken)
        {
            Calls.Add("clean");
            return Task.CompletedTask;
        }
    }
}
