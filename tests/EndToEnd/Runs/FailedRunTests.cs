using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.EndToEnd.Tests.Kvm;
using Migrate.Executor.Destinations;
using Migrate.Executor.Runs;
using Migrate.Executor.Sources;
using Migrate.Planner.Persistence;
using Migrate.Simulator.Estates;

namespace Migrate.EndToEnd.Tests.Runs;

/// <summary>What goes wrong outside of the program: named, nothing half-made, and over once its cause is gone.</summary>
[UsesDatabase]
public sealed class FailedRunTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_VM_that_vanished_fails_the_run_until_it_is_back()
    {
        await using var site = await OpenAsync();
        var (plan, vm) = await PlanAsync(site);
        site.Simulator.Faults.VanishVm(vm.Name);

        var failed = await FailsAsync(site, plan, "source.vm-vanished");
        failed.Error!.ShouldContain(vm.Name);
        site.Target.ListNamespaces().ShouldBeEmpty();

        await site.RestartSimulatorAsync();
        await RetriedAsync(site, failed);
    }

    [Fact]
    public async Task A_disk_whose_size_changed_fails_the_run_until_it_is_as_planned()
    {
        await using var site = await OpenAsync();
        var (plan, vm) = await PlanAsync(site);
        site.Simulator.Faults.ChangeCapacity(vm.Name, 0, 20L << 20);

        var failed = await FailsAsync(site, plan, "source.disk-changed");
        failed.Error!.ShouldContain("Hard disk 1");
        failed.Error!.ShouldContain((20L << 20).ToString(System.Globalization.CultureInfo.InvariantCulture));
        site.Target.ListNamespaces().ShouldBeEmpty();

        site.Simulator.Faults.ChangeCapacity(vm.Name, 0, Estates.PlainBytes);
        await RetriedAsync(site, failed);
    }

    [Fact]
    public async Task A_target_without_room_fails_the_run_until_there_is_room()
    {
        var small = LibvirtFixture.NewDirectory();
        await Programs.OutputOfAsync("mount", "-t", "tmpfs", "-o", "size=8m,mode=0755", "none", small);
        try
        {
            await using var site = await OpenAsync(target: small);
            var (plan, _) = await PlanAsync(site);

            var failed = await FailsAsync(site, plan, "target.no-space");
            failed.Error!.ShouldContain(small);
            site.Target.ListNamespaces().ShouldBeEmpty();
            Directory.GetFiles(small, "*.raw").ShouldBeEmpty();

            await Programs.OutputOfAsync("mount", "-o", "remount,size=64m", small);
            await RetriedAsync(site, failed);
        }
        finally
        {
            await Programs.OutputOfAsync("umount", "-l", small);
            Directory.Delete(small);
        }
    }

    [Fact]
    public async Task A_wrong_password_fails_the_run_until_it_is_right()
    {
        await using var site = await OpenAsync();
        var (plan, _) = await PlanAsync(site);
        var right = await SetPasswordAsync(site, "not the password");

        var failed = await FailsAsync(site, plan, "source.login-failed");
        (failed.Error + failed.Remedy + await site.LogOfAsync(failed.Id)).ShouldNotContain("not the password");
        site.Target.ListNamespaces().ShouldBeEmpty();

        await SetPasswordAsync(site, right);
        await RetriedAsync(site, failed);
    }

    [Fact]
    public async Task A_domain_that_libvirt_refuses_leaves_no_domain_and_the_namespace_online()
    {
        await using var site = await OpenAsync();
        var (plan, vm) = await PlanAsync(site);
        await using var libvirt = await LibvirtFixture.ConnectAsync();
        Run failed;
        var other = Guests.NewName();
        // Another domain has the VM's UUID: libvirt refuses ours at the moment of defining.
        await libvirt.DefineAsync($"<domain type='qemu'><name>{other}</name><uuid>{vm.BiosUuid}</uuid><memory>65536</memory><os><type>hvm</type></os></domain>", Cancellation);
        try
        {
            failed = await FailsAsync(site, plan, "libvirt.domain-exists");
            failed.ResumePhase.ShouldBe(RunPhase.CuttingOver);
            failed.LeftBehind.ShouldContain("a retry goes on with it");
            failed.LeftBehind.ShouldNotContain("virsh", Case.Sensitive, "no domain is left");
            (await Site.DomainExistsAsync(vm.Name)).ShouldBeFalse();
            site.Target.ListNamespaces().ShouldHaveSingleItem().Online.ShouldBeTrue();
        }
        finally
        {
            await libvirt.UndefineAsync(other, removeNvram: false, CancellationToken.None);
        }

        await RetriedAsync(site, failed);
        (await site.LogOfAsync(failed.Id)).Split("is copied in").Length.ShouldBe(2, "the retry goes on with the cutover and copies nothing again");
    }

    [Fact]
    public async Task A_source_that_was_powered_on_again_is_never_joined_by_its_copy()
    {
        await using var site = await OpenAsync(jobs: false);
        var (plan, vm) = await PlanAsync(site);
        var started = (await site.StartWaveAsync(plan.Id)).Single();
        await site.StepUntilAsync(started.Id, RunPhase.CuttingOver);
        await PowerOnAsync(site);
        site.Simulator.PowerStateOf(vm.Name).ShouldBe("poweredOn");

        await site.StepUntilAsync(started.Id, RunPhase.Failed);

        (await site.RunAsync(started.Id)).ErrorCode.ShouldBe("source.not-off");
        (await Site.DomainExistsAsync(vm.Name)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_source_that_does_not_answer_for_a_moment_is_tried_again()
    {
        await using var site = await OpenAsync();
        var (plan, _) = await PlanAsync(site);
        site.Simulator.Faults.CutFolderReads(1 << 20, times: 2);

        var run = (await site.StartWaveAsync(plan.Id)).Single();

        await site.WaitForAsync(run.Id, RunPhase.Completed);
    }

    [Fact]
    public async Task A_host_that_is_another_machine_and_cannot_be_asked_is_refused_before_anything_is_copied()
    {
        await using var site = await OpenAsync(jobs: false);
        var (plan, _) = await PlanAsync(site);
        await using var db = await site.DatabaseAsync();
        await db.KvmHosts.ExecuteUpdateAsync(set => set.SetProperty(x => x.Uri, "qemu+ssh://kvm9.example/system"), Cancellation);

        var refused = await Should.ThrowAsync<WaveRefusedException>(() => site.StartWaveAsync(plan.Id));

        refused.Refusals.ShouldHaveSingleItem().Code.ShouldBe("probe.kvm-host");
        refused.Message.ShouldContain("kvm9.example");
        (await db.Runs.CountAsync(Cancellation)).ShouldBe(0);
    }

    [Fact]
    public async Task A_critical_concern_and_a_run_that_is_active_block_the_wave()
    {
        var directory = LibvirtFixture.NewDirectory();
        var rdm = Estates.Vm(await Estates.PlainDiskAsync(directory)) with
        {
            Disks = [new EstateDisk { Capacity = 1 << 20, Backing = EstateBacking.RdmPhysical }],
        };
        var good = Estates.Vm(await Estates.PlainDiskAsync(directory));
        await using var site = await Site.OpenAsync(directory, Estates.Of(rdm, good));
        await site.StartExecutorAsync(jobs: false);
        var plan = await site.PlanAsync(Estates.Policy(), rdm.Name, good.Name);

        var refused = await Should.ThrowAsync<WaveRefusedException>(() => site.StartWaveAsync(plan.Id));

        refused.Refusals.ShouldContain(x => x.Subject == rdm.Name && x.Code == "disk.rdm-physical");
        refused.Refusals.ShouldNotContain(x => x.Subject == good.Name);
        await using var db = await site.DatabaseAsync();
        (await db.Runs.CountAsync(Cancellation)).ShouldBe(0, "all of a wave or nothing");

        await db.PlanVms.Where(x => x.VmName == rdm.Name).ExecuteDeleteAsync(Cancellation);
        await site.StartWaveAsync(plan.Id);
        var again = await Should.ThrowAsync<WaveRefusedException>(() => site.StartWaveAsync(plan.Id));
        again.Refusals.ShouldHaveSingleItem().Code.ShouldBe("run.active");
    }

    private static async Task<Site> OpenAsync(string? target = null, bool jobs = true)
    {
        var directory = LibvirtFixture.NewDirectory();
        var vm = Estates.Vm(await Estates.PlainDiskAsync(directory)) with { BiosUuid = Guid.NewGuid().ToString() };
        var site = await Site.OpenAsync(directory, Estates.Of(vm), target);
        await site.StartExecutorAsync(jobs);
        return site;
    }

    private static async Task<(Plan Plan, EstateVm Vm)> PlanAsync(Site site)
    {
        var vm = site.Estate.Vms.Single();
        return (await site.PlanAsync(Estates.Policy(), vm.Name), vm);
    }

    private static async Task<Run> FailsAsync(Site site, Plan plan, string code)
    {
        var run = (await site.StartWaveAsync(plan.Id)).Single();
        var failed = await site.WaitForFailureAsync(run.Id);
        failed.ErrorCode.ShouldBe(code, await site.LogOfAsync(run.Id));
        failed.Remedy.ShouldNotBeNullOrEmpty();
        (await Site.DomainExistsAsync(run.VmName)).ShouldBeFalse();
        return failed;
    }

    private static async Task RetriedAsync(Site site, Run run)
    {
        await site.Services.GetRequiredService<RunControl>().RetryAsync(run.Id, Cancellation);
        await site.WaitForAsync(run.Id, RunPhase.Completed);
        (await Site.DomainStateAsync(run.VmName)).ShouldBe(DomainState.Running);
    }

    /// <summary>As somebody at the source would, who knows nothing of the run.</summary>
    private static async Task PowerOnAsync(Site site)
    {
        await using var db = await site.DatabaseAsync();
        var source = await db.Sources.SingleAsync(Cancellation);
        var vmKey = await db.PlanVms.Select(x => x.VmKey).SingleAsync(Cancellation);
        await using var session = await site.Services.GetRequiredService<SourceAccess>().OpenAsync(source, Cancellation);
        await session.PowerOnAsync(vmKey, Cancellation);
    }

    private static async Task<string> SetPasswordAsync(Site site, string password)
    {
        var access = site.Services.GetRequiredService<SourceAccess>();
        await using var db = await site.DatabaseAsync();
        (await db.Sources.SingleAsync(Cancellation)).ProtectedPassword = access.Protect(password);
        await db.SaveChangesAsync(Cancellation);
        return site.Simulator.Password;
    }
}
