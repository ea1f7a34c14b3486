using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.EndToEnd.Tests.Kvm;
using Migrate.Executor.Destinations;
using Migrate.Executor.Jobs;
using Migrate.Executor.Runs;
using Migrate.Planner.Persistence;
using Migrate.Simulator.Estates;

namespace Migrate.EndToEnd.Tests.Runs;

/// <summary>Somebody at the source who knows nothing of the run powers the VM on at the worst moments.</summary>
[UsesDatabase]
public sealed class TwoCopiesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Whatever the source is being asked when it comes up, before it is taken off its networks or after.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(8)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public async Task A_source_that_comes_up_during_the_cutover_sends_its_copy_away(int answers)
    {
        await using var site = await OpenAsync();
        var (run, vm) = await StartAsync(site);
        await site.StepUntilAsync(run.Id, RunPhase.CuttingOver);
        var left = answers;
        site.Simulator.Faults.Rewrite = answer =>
        {
            // The step's first look at the source is behind it when it takes the namespaces from the target.
            if (!site.Target.ListNamespaces().Single().Online && Interlocked.Decrement(ref left) == 0)
            {
                site.Simulator.Faults.SetPower(vm.Name, "poweredOn");
            }

            return answer;
        };
        await site.Services.GetRequiredService<IRunStepper>().StepAsync(run.Id, Cancellation);

        var failed = await site.RunAsync(run.Id);
        (failed.Phase, failed.ErrorCode).ShouldBe((RunPhase.Failed, "source.not-off"), await site.LogOfAsync(run.Id));
        failed.DomainName.ShouldBeNull();
        (await Site.DomainExistsAsync(vm.Name)).ShouldBeFalse();
        site.Target.ListNamespaces().Single().Online.ShouldBeTrue("the cutover is undone");
        failed.ResumePhase.ShouldBe(RunPhase.Seeding, "the copy is older than what the source has now");
    }

    [Theory]
    [InlineData(RunPhase.Seeding)]
    [InlineData(RunPhase.CuttingOver)]
    public async Task A_source_that_ran_after_its_disks_were_copied_is_copied_again(RunPhase found)
    {
        await using var site = await OpenAsync();
        var (run, vm) = await StartAsync(site);
        await site.StepUntilAsync(run.Id, RunPhase.CuttingOver);
        await using (var db = await site.DatabaseAsync())
        {
            (await db.Runs.FindAsync([run.Id], Cancellation))!.Phase = found;
            var disk = await db.RunDisks.SingleAsync(x => x.RunId == run.Id, Cancellation);
            disk.VerifiedAt = found == RunPhase.Seeding ? null : disk.VerifiedAt; // As if it had not been read back yet.
            await db.SaveChangesAsync(Cancellation);
        }

        site.Simulator.Faults.SetPower(vm.Name, "poweredOn");
        await site.StepUntilAsync(run.Id, RunPhase.Failed);
        (await site.RunAsync(run.Id)).ErrorCode.ShouldBe("source.not-off");
        // What the guest wrote meanwhile; by another process, because the simulator has the file open.
        await Programs.OutputOfAsync("dd", "if=/dev/urandom", $"of={vm.Disks[0].File}", "bs=4096", "count=1", "seek=3", "conv=notrunc");
        site.Simulator.Faults.SetPower(vm.Name, "poweredOff");
        await site.Services.GetRequiredService<RunControl>().RetryAsync(run.Id, Cancellation);
        await site.StepUntilAsync(run.Id, RunPhase.Completed);

        await Programs.OutputOfAsync("cmp", vm.Disks[0].File!, site.Target.ListNamespaces().Single().BackingPath);
    }

    [Fact]
    public async Task A_source_that_came_up_while_nobody_watched_its_running_domain_is_for_a_person_to_decide()
    {
        await using var site = await OpenAsync();
        var (run, vm) = await StartAsync(site);
        await site.StepUntilAsync(run.Id, RunPhase.Validating);
        await using (var db = await site.DatabaseAsync())
        {
            // As after a worker that died between starting the domain and saying so.
            (await db.Runs.FindAsync([run.Id], Cancellation))!.Phase = RunPhase.CuttingOver;
            await db.SaveChangesAsync(Cancellation);
        }

        site.Simulator.Faults.SetPower(vm.Name, "poweredOn");
        await site.StepUntilAsync(run.Id, RunPhase.Failed);

        var failed = await site.RunAsync(run.Id);
        failed.ErrorCode.ShouldBe("run.two-copies");
        failed.LeftBehind.ShouldContain(vm.Name);
        (await Site.DomainStateAsync(vm.Name)).ShouldBe(DomainState.Running, "its guest may have written what nobody else has");

        site.Simulator.Faults.SetPower(vm.Name, "poweredOff");
        await site.Services.GetRequiredService<RunControl>().RetryAsync(run.Id, Cancellation);
        await site.StepUntilAsync(run.Id, RunPhase.Completed);
    }

    [Fact]
    public async Task A_run_that_was_rolled_back_and_kept_its_data_can_be_started_again()
    {
        await using var site = await OpenAsync();
        var (run, vm) = await StartAsync(site);
        await site.StepUntilAsync(run.Id, RunPhase.Ready);
        await site.Services.GetRequiredService<RunControl>().RollBackAsync(run.Id, deleteData: false, discardChanges: false, new ApproversWord("a test", "because of it"), Cancellation);
        await site.StepUntilAsync(run.Id, RunPhase.RolledBack);
        site.Target.ListNamespaces().Single().Online.ShouldBeFalse();
        await using (var db = await site.DatabaseAsync())
        {
            (await db.Journals.CountAsync(Cancellation)).ShouldBe(0);
            (await db.JournalSegments.CountAsync(Cancellation)).ShouldBe(0);
        }


        var again = (await site.StartWaveAsync(run.PlanId)).Single();
        await site.StepUntilAsync(again.Id, RunPhase.Completed);

        (await Site.DomainStateAsync(vm.Name)).ShouldBe(DomainState.Running);
        await Programs.OutputOfAsync("cmp", vm.Disks[0].File!, site.Target.ListNamespaces().Single().BackingPath);
    }

    [Fact]
    public async Task A_roll_back_never_powers_the_source_on_while_a_renamed_domain_runs()
    {
        var directory = LibvirtFixture.NewDirectory();
        var vm = Estates.Vm(await Estates.PlainDiskAsync(directory), power: EstatePower.On);
        await using var site = await Site.OpenAsync(directory, Estates.Of(vm));
        await site.StartExecutorAsync(jobs: false);
        var plan = await site.PlanAsync(Estates.Policy(shutDown: true), vm.Name);
        var run = (await site.StartWaveAsync(plan.Id)).Single();
        await site.StepUntilAsync(run.Id, RunPhase.Completed);
        var renamed = Guests.NewName();
        await Programs.OutputOfAsync("virsh", "-c", LibvirtFixture.Uri, "destroy", vm.Name);
        await Programs.OutputOfAsync("virsh", "-c", LibvirtFixture.Uri, "domrename", vm.Name, renamed);
        try
        {
            await Programs.OutputOfAsync("virsh", "-c", LibvirtFixture.Uri, "start", renamed);
            var control = site.Services.GetRequiredService<RunControl>();
            await control.RollBackAsync(run.Id, deleteData: true, discardChanges: true, new ApproversWord("a test", "because of it"), Cancellation);
            await site.StepUntilAsync(run.Id, RunPhase.Failed);

            (await site.RunAsync(run.Id)).ErrorCode.ShouldBe("target.backing-locked");
            site.Simulator.PowerStateOf(vm.Name).ShouldBe("poweredOff");
            site.Target.ListNamespaces().ShouldHaveSingleItem();

            await Programs.OutputOfAsync("virsh", "-c", LibvirtFixture.Uri, "destroy", renamed);
            await control.RollBackAsync(run.Id, deleteData: true, discardChanges: true, new ApproversWord("a test", "because of it"), Cancellation);
            await site.StepUntilAsync(run.Id, RunPhase.RolledBack);
            site.Simulator.PowerStateOf(vm.Name).ShouldBe("poweredOn");
        }
        finally
        {
            await using var libvirt = await LibvirtFixture.ConnectAsync();
            await libvirt.DestroyAsync(renamed, CancellationToken.None);
            await libvirt.UndefineAsync(renamed, removeNvram: true, CancellationToken.None);
        }
    }

    private static async Task<Site> OpenAsync()
    {
        var directory = LibvirtFixture.NewDirectory();
        var site = await Site.OpenAsync(directory, Estates.Of(Estates.Vm(await Estates.PlainDiskAsync(directory))));
        await site.StartExecutorAsync(jobs: false);
        return site;
    }

    private static async Task<(Run Run, EstateVm Vm)> StartAsync(Site site)
    {
        var vm = site.Estate.Vms.Single();
        var plan = await site.PlanAsync(Estates.Policy(), vm.Name);
        return ((await site.StartWaveAsync(plan.Id)).Single(), vm);
    }
}
