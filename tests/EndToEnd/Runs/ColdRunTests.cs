using System.Text.Json;
using Migrate.Executor.Copy;
using Migrate.Executor.Destinations;
using Migrate.Executor.Runs;
using Migrate.Executor.Validation;
using Migrate.EndToEnd.Tests.Kvm;
using Migrate.Planner.Persistence;
using Migrate.Simulator.Estates;
using Microsoft.Extensions.DependencyInjection;

namespace Migrate.EndToEnd.Tests.Runs;

/// <summary>A bootable guest moves from a simulated vCenter to a real libvirtd, through every phase, on Quartz.</summary>
[UsesDatabase]
public sealed class ColdRunTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Estates.Vmfs, EstatePower.Off, "https-folder")]
    [InlineData(Estates.Vsan, EstatePower.On, "export-lease")]
    public async Task A_guest_moves_boots_from_its_new_disk_and_is_judged(string datastore, EstatePower power, string reader)
    {
        var directory = LibvirtFixture.NewDirectory();
        var disk = Path.Combine(directory, "guest.raw");
        var payload = await GuestDisk.MakeAsync(disk, "--hostname", "web01", "--payload", "4");
        var sourceHash = await HashAsync(disk);
        var vm = Estates.Vm(disk, datastore, power);
        await using var site = await Site.OpenAsync(directory, Estates.Of(vm));
        await site.StartExecutorAsync();
        var plan = await site.PlanAsync(Estates.Policy(boots: vm, shutDown: true), vm.Name);

        var run = (await site.StartWaveAsync(plan.Id)).ShouldHaveSingleItem();
        run = await site.WaitForAsync(run.Id, RunPhase.Completed);

        var copied = (await site.Services.GetRequiredService<RunStore>().DisksAsync(run.Id, Cancellation)).ShouldHaveSingleItem();
        copied.Reader.ShouldBe(reader);
        (copied.BytesDone, copied.BytesVerified).ShouldBe((copied.CapacityBytes, copied.CapacityBytes));
        (copied.SourceHash, copied.DestinationHash).ShouldBe((sourceHash, sourceHash), "both hashes are of the file that the simulator serves");
        site.Simulator.PowerStateOf(vm.Name).ShouldBe("poweredOff");
        (await Site.DomainStateAsync(vm.Name)).ShouldBe(DomainState.Running);
        site.Target.FindNamespace(copied.NamespaceUuid)!.Online.ShouldBeFalse("the domain has the file now");

        var verdict = JsonSerializer.Deserialize(run.Verdict!, ValidationJson.Default.Verdict)!;
        verdict.Aspects.Single(x => x.Aspect == Aspect.Data).Outcome.ShouldBe(Outcome.Pass);
        verdict.Aspects.Single(x => x.Aspect == Aspect.Boot).Outcome.ShouldBe(Outcome.Pass);
        verdict.Aspects.Single(x => x.Aspect == Aspect.Latency).Outcome.ShouldBe(Outcome.Inconclusive, "a simulator's counters and this machine's are not comparable");
        (await site.LogOfAsync(run.Id)).ShouldContain($"payload-sha256={payload}");

        await site.Services.GetRequiredService<RunControl>().RollBackAsync(run.Id, deleteData: true, discardChanges: true, new ApproversWord("a test", "because of it"), Cancellation);
        await site.WaitForAsync(run.Id, RunPhase.RolledBack);
        (await Site.DomainExistsAsync(vm.Name)).ShouldBeFalse();
        site.Target.ListNamespaces().ShouldBeEmpty();
        site.Simulator.PowerStateOf(vm.Name).ShouldBe(power == EstatePower.On ? "poweredOn" : "poweredOff", "as it was before the run");
    }

    private static async Task<string> HashAsync(string path)
    {
        await using var file = File.OpenRead(path);
        return await DiskHash.OfStreamAsync(file, Cancellation);
    }
}
