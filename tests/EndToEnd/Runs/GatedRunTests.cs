using Microsoft.Extensions.DependencyInjection;
using Migrate.EndToEnd.Tests.Kvm;
using Migrate.Executor.Jobs;
using Migrate.Executor.Runs;
using Migrate.Planner.Persistence;
using Migrate.Simulator.Estates;

namespace Migrate.EndToEnd.Tests.Runs;

/// <summary>A cold run's outage begins when its guest is shut down: what holds its cutover holds that.</summary>
[UsesDatabase]
public sealed class GatedRunTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cold_run_waits_for_its_approval_with_its_guest_on_and_prepared()
    {
        var directory = LibvirtFixture.NewDirectory();
        var vm = Estates.Vm(await Estates.PlainDiskAsync(directory), power: EstatePower.On);
        await using var site = await Site.OpenAsync(directory, Estates.Of(vm));
        await site.StartExecutorAsync(jobs: false);
        var run = (await site.StartWaveAsync((await site.PlanAsync(Estates.Policy(shutDown: true) with { RequireApproval = true }, vm.Name)).Id)).Single();
        await site.StepUntilAsync(run.Id, RunPhase.Preparing);
        await site.Services.GetRequiredService<IRunStepper>().StepAsync(run.Id, Cancellation);

        run = await site.RunAsync(run.Id);
        (run.Phase, run.DueAt, run.DowntimeStartedAt).ShouldBe((RunPhase.Preparing, null, null), await site.LogOfAsync(run.Id));
        site.Simulator.PowerStateOf(vm.Name).ShouldBe("poweredOn");
        site.Target.ListNamespaces().Count.ShouldBe(1, "everything else is prepared");

        await site.Services.GetRequiredService<RunControl>().ApproveAsync(run.Id, "the owner is informed", "ann", Cancellation);
        await site.StepUntilAsync(run.Id, RunPhase.Completed);
        site.Simulator.PowerStateOf(vm.Name).ShouldBe("poweredOff");
        (await Site.DomainExistsAsync(vm.Name)).ShouldBeTrue();
    }
}
