using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.EndToEnd.Tests.Kvm;
using Migrate.Executor.Copy;
using Migrate.Executor.Destinations;
using Migrate.Executor.Jobs;
using Migrate.Executor.Runs;
using Migrate.Planner.Persistence;

namespace Migrate.EndToEnd.Tests.Runs;

/// <summary>Workers that die, stop or yield in the middle: another one finishes what they began.</summary>
[UsesDatabase]
public sealed class InterruptedRunTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(RunPhase.Preparing)]
    [InlineData(RunPhase.Seeding)]
    [InlineData(RunPhase.CuttingOver)]
    [InlineData(RunPhase.Validating)]
    public async Task A_worker_that_dies_after_its_work_and_before_it_says_so_is_made_up_for(RunPhase phase)
    {
        var directory = LibvirtFixture.NewDirectory();
        var disk = await Estates.PlainDiskAsync(directory);
        var vm = Estates.Vm(disk);
        await using var site = await Site.OpenAsync(directory, Estates.Of(vm));
        await site.StartExecutorAsync(jobs: false);
        var plan = await site.PlanAsync(Estates.Policy(), vm.Name);
        var run = (await site.StartWaveAsync(plan.Id)).Single();
        await site.StepUntilAsync(run.Id, phase);

        var lease = await TakeAsync(site, run.Id);
        var work = await WorkAsync(site, lease);
        // Validating is left when the guest has been observed; until then its step says when to come again.
        var step = site.Services.GetServices<IRunStep>().Single(x => x.Phase == phase);
        while (await step.RunAsync(work, Cancellation) == phase)
        {
            phase.ShouldBe(RunPhase.Validating);
            await Task.Delay(200, Cancellation);
        }

        await lease.AbandonAsync();
        await site.StopExecutorAsync();
        await site.StartExecutorAsync();

        var completed = await site.WaitForAsync(run.Id, RunPhase.Completed);
        completed.LeaseEpoch.ShouldBeGreaterThan(lease.Epoch);
        (await Site.DomainStateAsync(vm.Name)).ShouldBe(DomainState.Running);
        await HashesAreOfAsync(site, run.Id, disk);
    }

    [Fact]
    public async Task A_copy_that_is_broken_off_goes_on_where_its_journal_ends()
    {
        var directory = LibvirtFixture.NewDirectory();
        var disk = await Estates.PlainDiskAsync(directory, 48L << 20);
        var vm = Estates.Vm(disk);
        await using var site = await Site.OpenAsync(directory, Estates.Of(vm));
        await site.StartExecutorAsync(jobs: false);
        var plan = await site.PlanAsync(Estates.Policy(), vm.Name);
        var run = (await site.StartWaveAsync(plan.Id)).Single();
        await site.StepUntilAsync(run.Id, RunPhase.Seeding);

        site.Simulator.Faults.ReadBytesPerSecond = 512 << 10; // Far longer than until the first checkpoint.
        var lease = await TakeAsync(site, run.Id);
        var work = await WorkAsync(site, lease);
        using var killed = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var seeding = site.Services.GetServices<IRunStep>().Single(x => x.Phase == RunPhase.Seeding).RunAsync(work, killed.Token);
        while (!seeding.IsCompleted)
        {
            await using var db = await site.DatabaseAsync();
            if (await db.JournalSegments.AnyAsync(Cancellation))
            {
                break;
            }

            await Task.Delay(100, Cancellation);
        }

        await killed.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => seeding);
        await lease.AbandonAsync();
        await site.StopExecutorAsync();
        site.Simulator.Faults.ReadBytesPerSecond = null;
        await site.StartExecutorAsync();

        await site.WaitForAsync(run.Id, RunPhase.Completed);
        (await site.LogOfAsync(run.Id)).ShouldContain("bytes are safe already");
        await HashesAreOfAsync(site, run.Id, disk);
    }

    [Fact]
    public async Task A_long_copy_yields_its_worker_and_goes_on()
    {
        var directory = LibvirtFixture.NewDirectory();
        var disk = await Estates.PlainDiskAsync(directory, 192L << 20);
        var vm = Estates.Vm(disk);
        await using var site = await Site.OpenAsync(directory, Estates.Of(vm));
        site.Simulator.Faults.ReadBytesPerSecond = 4 << 20;
        await site.StartExecutorAsync(change: options => options with { CopySlice = TimeSpan.FromSeconds(1) });
        var plan = await site.PlanAsync(Estates.Policy(), vm.Name);

        var run = (await site.StartWaveAsync(plan.Id)).Single();

        // The source stays slow until a turn has ended: far longer than a checkpoint takes, whatever the machine does meanwhile.
        while (!(await site.LogOfAsync(run.Id)).Contains("bytes are safe already", StringComparison.Ordinal))
        {
            (await site.RunAsync(run.Id)).Phase.ShouldBeOneOf(RunPhase.Planned, RunPhase.Preparing, RunPhase.Seeding);
            await Task.Delay(200, Cancellation);
        }

        site.Simulator.Faults.ReadBytesPerSecond = null;
        await site.WaitForAsync(run.Id, RunPhase.Completed);
        await HashesAreOfAsync(site, run.Id, disk);
    }

    [Fact]
    public async Task A_paused_copy_stays_where_it_is_until_it_is_resumed_and_one_that_is_rolled_back_leaves_nothing()
    {
        var directory = LibvirtFixture.NewDirectory();
        var vm = Estates.Vm(await Estates.PlainDiskAsync(directory));
        await using var site = await Site.OpenAsync(directory, Estates.Of(vm));
        site.Simulator.Faults.ReadBytesPerSecond = 200 << 10;
        await site.StartExecutorAsync();
        var plan = await site.PlanAsync(Estates.Policy(), vm.Name);
        var run = (await site.StartWaveAsync(plan.Id)).Single();
        var control = site.Services.GetRequiredService<RunControl>();
        await site.WaitForAsync(run.Id, RunPhase.Seeding);

        await control.PauseAsync(run.Id, Cancellation);
        (await site.WaitForAsync(run.Id, RunPhase.Paused)).ResumePhase.ShouldBe(RunPhase.Seeding);
        await control.ResumeAsync(run.Id, Cancellation);
        await site.WaitForAsync(run.Id, RunPhase.Seeding);
        await control.RollBackAsync(run.Id, deleteData: true, discardChanges: false, new ApproversWord("a test", "because of it"), Cancellation);

        await site.WaitForAsync(run.Id, RunPhase.RolledBack);
        site.Target.ListNamespaces().ShouldBeEmpty();
        Directory.GetFiles(site.TargetDirectory, "*.raw").ShouldBeEmpty();
        (await site.StartWaveAsync(plan.Id)).ShouldHaveSingleItem("the VM can be migrated again");
    }

    private static async Task<Lease> TakeAsync(Site site, Guid runId) =>
        (await site.Services.GetRequiredService<LeaseStore>().TryTakeAsync(runId, Cancellation)).ShouldNotBeNull();

    private static Task<RunWork> WorkAsync(Site site, Lease lease) => RunWork.LoadAsync(
        site.Services.GetRequiredService<IDbContextFactory<MigrateDb>>(), site.Services.GetRequiredService<RunLog>(), lease, Cancellation);

    private static async Task HashesAreOfAsync(Site site, Guid runId, string path)
    {
        var disk = (await site.Services.GetRequiredService<RunStore>().DisksAsync(runId, Cancellation)).ShouldHaveSingleItem();
        await using var file = File.OpenRead(path);
        var hash = await DiskHash.OfStreamAsync(file, Cancellation);
        (disk.SourceHash, disk.DestinationHash).ShouldBe((hash, hash));
        await using var moved = File.OpenRead(site.Target.FindNamespace(disk.NamespaceUuid)!.BackingPath);
        (await DiskHash.OfStreamAsync(moved, Cancellation)).ShouldBe(hash, "nothing boots from this disk, so nothing has changed it");
    }
}
