using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.EndToEnd.Tests.Kvm;
using Migrate.Executor.Jobs;
using Migrate.Executor.Runs;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Simulator.Estates;

namespace Migrate.EndToEnd.Tests.Runs;

/// <summary>The way back of a warm run from wherever it is: no domain, no data, the source on and as it was, and how long that took.</summary>
[UsesDatabase]
public sealed class RollBackDrillTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public enum At
    {
        /// <summary>The first pass is made, the VM runs.</summary>
        Copied,
        Ready,
        /// <summary>The source is off, its last bytes are copied, the target has the disks.</summary>
        LastPass,
        /// <summary>The domain runs, and the worker that started it died before it said so.</summary>
        Started,
        Validating,
    }

    [Theory]
    [InlineData(At.Copied)]
    [InlineData(At.Ready)]
    [InlineData(At.LastPass)]
    [InlineData(At.Started)]
    [InlineData(At.Validating)]
    public async Task The_source_is_back_as_it_was_from_wherever_its_run_is(At at)
    {
        var directory = LibvirtFixture.NewDirectory();
        var vm = Estates.Vm(await Estates.PlainDiskAsync(directory), power: EstatePower.On) with { Cbt = false };
        await using var site = await Site.OpenAsync(directory, Estates.Of(vm));
        await site.StartExecutorAsync(jobs: false);
        var policy = Estates.Policy() with
        {
            Modes = new Dictionary<string, MigrationMode> { [vm.Name] = MigrationMode.Warm },
            Warm = new WarmPolicy { AllowedDowntimeSeconds = 3600, PassIntervalSeconds = 0, DatastoreFreeShare = 0 },
        };
        var run = (await site.StartWaveAsync((await site.PlanAsync(policy, vm.Name)).Id)).Single();
        await GoAsync(site, run.Id, at);
        var isOff = at >= At.LastPass;
        site.Simulator.PowerStateOf(vm.Name).ShouldBe(isOff ? "poweredOff" : "poweredOn");
        (await Site.DomainExistsAsync(vm.Name)).ShouldBe(at >= At.Started);

        await site.Services.GetRequiredService<RunControl>().RollBackAsync(run.Id, deleteData: true, discardChanges: isOff, new ApproversWord("a test", "because of it"), Cancellation);
        await site.StepUntilAsync(run.Id, RunPhase.RolledBack);

        (await Site.DomainExistsAsync(vm.Name)).ShouldBeFalse();
        site.Target.ListNamespaces().ShouldBeEmpty();
        site.Simulator.PowerStateOf(vm.Name).ShouldBe("poweredOn");
        site.Simulator.SnapshotsOf(vm.Name).ShouldBeEmpty();
        site.Simulator.ChangeTrackingOf(vm.Name).ShouldBeFalse("it was off before");
        run = await site.RunAsync(run.Id);
        run.SourceChanges.ShouldBe("[]");

        var marks = RollBackClock.Read(run.RollBack);
        marks.Select(x => x.Part).ShouldBe(
            [RollBackClock.Waiting, RollBackClock.EndingDomain, RollBackClock.TakingDisks, RollBackClock.RestoringSource, RollBackClock.DeletingData, RollBackClock.Done]);
        marks.Select(x => x.At).ShouldBeInOrder();
        if (isOff)
        {
            run.DowntimeEndedAt!.Value.ShouldBeInRange(marks[3].At, marks[4].At, "the source is on before anything is deleted");
        }

        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"from {at}: the source was on {(marks[4].At - marks[0].At).TotalSeconds:0.00} s after the word, all was over after {(marks[5].At - marks[0].At).TotalSeconds:0.00} s"));
    }

    private static async Task GoAsync(Site site, Guid runId, At at)
    {
        if (at == At.Copied)
        {
            await site.StepUntilAsync(runId, RunPhase.Syncing);
            return;
        }

        await site.StepUntilAsync(runId, RunPhase.Ready);
        if (at == At.Ready)
        {
            return;
        }

        await site.Services.GetRequiredService<RunControl>().CutOverAsync(runId, at: null, force: false, new ApproversWord("a test", "because of it"), Cancellation);
        for (var steps = 0; (await site.RunAsync(runId)).LastPassAt is null; steps++)
        {
            steps.ShouldBeLessThan(20, await site.LogOfAsync(runId));
            await site.Services.GetRequiredService<IRunStepper>().StepAsync(runId, Cancellation);
        }

        if (at == At.Started)
        {
            var lease = (await site.Services.GetRequiredService<LeaseStore>().TryTakeAsync(runId, Cancellation)).ShouldNotBeNull();
            var work = await RunWork.LoadAsync(site.Services.GetRequiredService<IDbContextFactory<MigrateDb>>(), site.Services.GetRequiredService<RunLog>(), lease, Cancellation);
            (await site.Services.GetServices<IRunStep>().Single(x => x.Phase == RunPhase.CuttingOver).RunAsync(work, Cancellation)).ShouldBe(RunPhase.Validating);
            await lease.AbandonAsync();
            await using var db = await site.DatabaseAsync();
            await db.Runs.Where(x => x.Id == runId).ExecuteUpdateAsync(set => set.SetProperty(x => x.LeaseExpiresAt, DateTime.UnixEpoch), Cancellation); // Nobody has to wait for it.
        }
        else if (at == At.Validating)
        {
            await site.StepUntilAsync(runId, RunPhase.Validating);
        }
    }
}
