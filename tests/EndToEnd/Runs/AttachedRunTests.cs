using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.EndToEnd.Tests.Kvm;
using Migrate.Executor.Destinations;
using Migrate.Executor.Jobs;
using Migrate.Executor.Runs;
using Migrate.Executor.Runs.Steps;
using Migrate.Executor.Validation;
using Migrate.Planner.Persistence;
using Migrate.Simulator.Estates;

namespace Migrate.EndToEnd.Tests.Runs;

/// <summary>Runs to a KVM host that is another machine: its own Linux kernel attaches the namespaces of our target, and its libvirt starts the domain.</summary>
[UsesDatabase]
public sealed class AttachedRunTests(KvmHostGuest host) : IClassFixture<KvmHostGuest>
{
    private const string NothingAttached = "ls /sys/class/nvme; ls /dev/disk/by-id/nvme-uuid.* 2>/dev/null; virsh list --all --name";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_guest_moves_to_another_machine_boots_from_its_namespace_there_and_is_taken_back()
    {
        var directory = LibvirtFixture.NewDirectory();
        var disk = Path.Combine(directory, "guest.raw");
        await GuestDisk.MakeAsync(disk, "--hostname", "web01", "--payload", "1", "--size", "96");
        var vm = Estates.Vm(disk);
        await using var site = await OpenAsync(directory, vm);
        site.HostTarget = Gateway(site.Target.EndPoint.Port);
        // A kernel two emulators deep takes long: its boot loader is the guest's own code, too, and was read from the namespace.
        var policy = Estates.Policy() with { ExpectConsole = new Dictionary<string, string> { [vm.Name] = "Booting `Linux'" }, BootTimeoutSeconds = 900 };
        var plan = await site.PlanAsync(policy, vm.Name);

        var run = await site.WaitForAsync((await site.StartWaveAsync(plan.Id)).Single().Id, RunPhase.Completed);

        var log = await site.LogOfAsync(run.Id);
        log.ShouldContain("extents that its kernel reads are what was copied (SHA-256)");
        var verdict = JsonSerializer.Deserialize(run.Verdict!, ValidationJson.Default.Verdict)!;
        verdict.Aspects.Single(x => x.Aspect == Aspect.Data).Outcome.ShouldBe(Outcome.Pass);
        verdict.Aspects.Single(x => x.Aspect == Aspect.Boot).Outcome.ShouldBe(Outcome.Pass, log);
        var copied = (await site.Services.GetRequiredService<RunStore>().DisksAsync(run.Id, Cancellation)).ShouldHaveSingleItem();
        var made = site.Target.FindNamespace(copied.NamespaceUuid).ShouldNotBeNull();
        made.Online.ShouldBeTrue();
        made.GrantedHostNqn.ShouldBe(await host.RunAsync("cat /etc/nvme/hostnqn"), "nobody else may write to it");
        (await host.RunAsync($"virsh domblklist {vm.Name}")).ShouldContain($"/dev/disk/by-id/nvme-uuid.{copied.NamespaceUuid:D}");
        (await host.RunAsync($"cat /sys/class/block/$(basename $(readlink -f /dev/disk/by-id/nvme-uuid.{copied.NamespaceUuid:D}))/device/transport /sys/class/nvme/nvme*/transport 2>/dev/null | tail -n 1")).ShouldBe("tcp");

        await site.Services.GetRequiredService<RunControl>().RollBackAsync(run.Id, deleteData: true, discardChanges: true, new ApproversWord("a test", "because of it"), Cancellation);
        await site.WaitForAsync(run.Id, RunPhase.RolledBack);
        (await host.RunAsync(NothingAttached)).ShouldBeEmpty(await site.LogOfAsync(run.Id));
        site.Target.ListNamespaces().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_target_that_dies_before_the_attach_fails_the_run_by_name_and_a_retry_goes_on()
    {
        var directory = LibvirtFixture.NewDirectory();
        var vm = Estates.Vm(await Estates.PlainDiskAsync(directory));
        await using var site = await OpenAsync(directory, vm, jobs: false);
        await using var way = new TcpProxy(site.Target.EndPoint);
        site.HostTarget = Gateway(way.EndPoint.Port);
        var plan = await site.PlanAsync(Estates.Policy(), vm.Name);
        var run = (await site.StartWaveAsync(plan.Id)).Single();
        await site.StepUntilAsync(run.Id, RunPhase.CuttingOver);

        way.Refuses = true;
        await site.StepUntilAsync(run.Id, RunPhase.Failed);

        var failed = await site.RunAsync(run.Id);
        failed.ErrorCode.ShouldBe("host.target-unreachable", failed.Error);
        failed.Error.ShouldNotBeNull().ShouldContain(Gateway(way.EndPoint.Port));
        (await host.RunAsync(NothingAttached)).ShouldBeEmpty();
        site.Target.ListNamespaces().ShouldHaveSingleItem().Online.ShouldBeFalse("no host may have it until it is granted anew");

        // What a network garbles on its way is found before a domain is made of it.
        way.Refuses = false;
        way.SpoilToClient(1000);
        await RetryAsync(site, run.Id, RunPhase.Failed);
        (await site.RunAsync(run.Id)).ErrorCode.ShouldBe("host.data-differs", await site.LogOfAsync(run.Id));
        (await host.RunAsync(NothingAttached)).ShouldBeEmpty();

        // And what a worker that died had attached is gone on with.
        way.SpoilToClient(0);
        await site.Services.GetRequiredService<RunControl>().RetryAsync(run.Id, Cancellation);
        await AttachAndDieAsync(site, run.Id);
        (await host.RunAsync("ls /sys/class/nvme")).ShouldNotBeEmpty();
        await site.StepUntilAsync(run.Id, RunPhase.Completed);
        await using (var connection = await host.ConnectAsync())
        {
            (await connection.StateAsync(vm.Name, Cancellation)).ShouldBe(DomainState.Running);
        }

        await site.Services.GetRequiredService<RunControl>().RollBackAsync(run.Id, deleteData: false, discardChanges: true, new ApproversWord("a test", "because of it"), Cancellation);
        await site.StepUntilAsync(run.Id, RunPhase.RolledBack);
        (await host.RunAsync(NothingAttached)).ShouldBeEmpty();
        site.Target.ListNamespaces().ShouldHaveSingleItem().Online.ShouldBeFalse();
    }

    [Fact]
    public async Task A_host_that_lacks_what_attaching_takes_refuses_the_wave_with_all_of_it()
    {
        var directory = LibvirtFixture.NewDirectory();
        var vm = Estates.Vm(await Estates.PlainDiskAsync(directory));
        await using var site = await OpenAsync(directory, vm, jobs: false); // Its target listens on loopback, and no address is named.
        var plan = await site.PlanAsync(Estates.Policy(), vm.Name);
        await host.RunAsync("mv /usr/sbin/nvme /usr/sbin/nvme.away");
        try
        {
            var refused = await Should.ThrowAsync<WaveRefusedException>(() => site.StartWaveAsync(plan.Id));

            refused.Refusals.ShouldContain(x => x.Code == "nvme.cli");
            refused.Refusals.ShouldContain(x => x.Code == "nvme.attach" && x.Message.Contains("127.0.0.1"));
            await using var db = await site.DatabaseAsync();
            (await db.Runs.CountAsync(Cancellation)).ShouldBe(0);
        }
        finally
        {
            await host.RunAsync("mv /usr/sbin/nvme.away /usr/sbin/nvme");
        }
    }

    private static string Gateway(int port) => string.Create(CultureInfo.InvariantCulture, $"{KvmHostGuest.Gateway}:{port}");

    private async Task<Site> OpenAsync(string directory, EstateVm vm, bool jobs = true)
    {
        var site = await Site.OpenAsync(directory, Estates.Of(vm));
        site.HostUri = host.Uri;
        await site.StartExecutorAsync(jobs, options => options with { TransientRetries = 1, LeaseDuration = TimeSpan.FromMinutes(5) });
        return site;
    }

    private static async Task RetryAsync(Site site, Guid runId, RunPhase until)
    {
        await site.Services.GetRequiredService<RunControl>().RetryAsync(runId, Cancellation);
        await site.StepUntilAsync(runId, until);
    }

    /// <summary>As a process that is killed between attaching and defining the domain.</summary>
    private static async Task AttachAndDieAsync(Site site, Guid runId)
    {
        var databases = site.Services.GetRequiredService<IDbContextFactory<MigrateDb>>();
        var lease = (await site.Services.GetRequiredService<LeaseStore>().TryTakeAsync(runId, Cancellation)).ShouldNotBeNull();
        var work = await RunWork.LoadAsync(databases, site.Services.GetRequiredService<RunLog>(), lease, Cancellation);
        await site.Services.GetRequiredService<RunAttachment>().AttachAsync(work, Cancellation);
        await lease.AbandonAsync();
        await using var db = await site.DatabaseAsync();
        await db.Runs.ExecuteUpdateAsync(set => set.SetProperty(x => x.LeaseExpiresAt, DateTime.UnixEpoch), Cancellation);
    }
}
