using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.EndToEnd.Tests.Kvm;
using Migrate.Executor.Copy;
using Migrate.Executor.Destinations;
using Migrate.Executor.Jobs;
using Migrate.Executor.Manifests;
using Migrate.Executor.Runs;
using Migrate.Executor.Validation;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.VSphere.ChangeTracking;
using Migrate.Simulator.Estates;

namespace Migrate.EndToEnd.Tests.Runs;

/// <summary>VMs that go on writing while they move from a simulated vCenter to a real libvirtd.</summary>
[UsesDatabase]
public sealed class WarmRunTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_guest_moves_while_it_writes_and_boots_with_what_it_wrote_last()
    {
        var directory = LibvirtFixture.NewDirectory();
        var disk = Path.Combine(directory, "guest.raw");
        var (payloadBefore, blocks) = await WritingGuest.MakeDiskAsync(disk);
        var vm = Estates.Vm(disk, power: EstatePower.On) with { Cbt = false };
        await using var site = await Site.OpenAsync(directory, Estates.Of(vm));
        await site.StartExecutorAsync();
        await using var guest = new WritingGuest(site.Simulator, vm, blocks);
        var plan = await site.PlanAsync(Warm(vm, Estates.Policy(boots: vm)), vm.Name);

        var run = (await site.StartWaveAsync(plan.Id)).ShouldHaveSingleItem();
        await site.WaitForAsync(run.Id, RunPhase.Ready);
        site.Simulator.PowerStateOf(vm.Name).ShouldBe("poweredOn", "nobody is without service before an operator says so");
        (await Site.DomainExistsAsync(vm.Name)).ShouldBeFalse();
        await site.Services.GetRequiredService<RunControl>().CutOverAsync(run.Id, at: null, force: false, new ApproversWord("a test", "because of it"), Cancellation);
        run = await site.WaitForAsync(run.Id, RunPhase.Completed);

        var last = Path.Combine(directory, "last.raw");
        await WritingGuest.DumpAsync(site.Simulator, vm, last);
        site.Simulator.PowerStateOf(vm.Name).ShouldBe("poweredOff");
        (await Site.DomainStateAsync(vm.Name)).ShouldBe(DomainState.Running);
        var hash = await HashAsync(last);
        var copied = (await site.Services.GetRequiredService<RunStore>().DisksAsync(run.Id, Cancellation)).ShouldHaveSingleItem();
        (copied.SourceHash, copied.DestinationHash).ShouldBe((hash, hash), "both hashes are of the disk as the guest left it");
        hash.ShouldNotBe(await HashAsync(disk), "it wrote since the estate was made");
        await LastPassSentChangesAsync(site, run.Id);

        var verdict = JsonSerializer.Deserialize(run.Verdict!, ValidationJson.Default.Verdict)!;
        verdict.Aspects.Single(x => x.Aspect == Aspect.Data).Outcome.ShouldBe(Outcome.Pass);
        verdict.Aspects.Single(x => x.Aspect == Aspect.Boot).Outcome.ShouldBe(Outcome.Pass);
        var payload = await WritingGuest.PayloadHashAsync(last);
        payload.ShouldNotBe(payloadBefore);
        (await site.LogOfAsync(run.Id)).ShouldContain($"payload-sha256={payload}", Case.Sensitive, "the guest read from its new disk what it wrote last on the old one");

        using var manifest = SignedManifest(site, copied);
        (await ManifestCheck.RunAsync(manifest, last, progress: null, TimeProvider.System, Cancellation)).Equal.ShouldBeTrue();
        SourceIsAsItWas(site, vm);
        run.TrackingPhase.ShouldBe(TrackingPhase.Ended);
        run.SourceChanges.ShouldNotContain("ctkEnabled");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cutover_that_is_rolled_back_leaves_the_source_on_and_as_it_was(bool tracked)
    {
        await using var site = await OpenAsync(tracked);
        var vm = site.Estate.Vms.Single();
        await using var guest = GuestOf(site, vm);
        var run = await ReadyAsync(site, vm, guest);
        await CutOverAsync(site, run);
        await LastPassIsMadeAsync(site, run.Id);

        // The source is off, and nobody but the target has had the backing yet.
        (await Site.DomainExistsAsync(vm.Name)).ShouldBeFalse();
        await ShouldEqualAsync(site, vm);
        await LastPassSentChangesAsync(site, run.Id);
        await site.StepUntilAsync(run.Id, RunPhase.Completed);
        (await Site.DomainStateAsync(vm.Name)).ShouldBe(DomainState.Running);
        SourceIsAsItWas(site, vm);
        var copied = (await site.Services.GetRequiredService<RunStore>().DisksAsync(run.Id, Cancellation)).ShouldHaveSingleItem();
        SignedManifest(site, copied).Dispose();
        (await site.Services.GetRequiredService<RunManifests>().VerifyAsync(run.Id, copied.DiskKey, Cancellation)).Equal.ShouldBeTrue("nothing boots from this disk");

        var control = site.Services.GetRequiredService<RunControl>();
        (await Should.ThrowAsync<MigrateException>(() => control.RollBackAsync(run.Id, deleteData: true, discardChanges: false, new ApproversWord("a test", "because of it"), Cancellation))).Code.ShouldBe("run.changes-unconfirmed");
        await control.RollBackAsync(run.Id, deleteData: true, discardChanges: true, new ApproversWord("a test", "because of it"), Cancellation);
        await site.StepUntilAsync(run.Id, RunPhase.RolledBack);

        (await Site.DomainExistsAsync(vm.Name)).ShouldBeFalse();
        site.Simulator.PowerStateOf(vm.Name).ShouldBe("poweredOn", "as it was before the run");
        site.Target.ListNamespaces().ShouldBeEmpty();
        SourceIsAsItWas(site, vm);
        (await site.RunAsync(run.Id)).SourceChanges.ShouldBe("[]");
    }

    [Fact]
    public async Task A_source_that_came_up_after_the_last_pass_is_copied_again_before_its_domain_starts()
    {
        await using var site = await OpenAsync(tracked: false);
        var vm = site.Estate.Vms.Single();
        await using var guest = GuestOf(site, vm);
        var run = await ReadyAsync(site, vm, guest);
        await CutOverAsync(site, run);
        await LastPassIsMadeAsync(site, run.Id);
        site.Simulator.Faults.SetPower(vm.Name, "poweredOn");
        await guest.HasWrittenAsync(20);

        await site.StepUntilAsync(run.Id, RunPhase.Failed);
        (await site.RunAsync(run.Id)).ErrorCode.ShouldBe("source.not-off");
        (await Site.DomainExistsAsync(vm.Name)).ShouldBeFalse();
        await site.Services.GetRequiredService<RunControl>().RetryAsync(run.Id, Cancellation);
        await LastPassIsMadeAsync(site, run.Id);

        await ShouldEqualAsync(site, vm);
        await site.StepUntilAsync(run.Id, RunPhase.Completed);
        (await Site.DomainStateAsync(vm.Name)).ShouldBe(DomainState.Running);
        var copied = (await site.Services.GetRequiredService<RunStore>().DisksAsync(run.Id, Cancellation)).ShouldHaveSingleItem();
        (await site.Services.GetRequiredService<RunManifests>().VerifyAsync(run.Id, copied.DiskKey, Cancellation)).Equal.ShouldBeTrue();
        SourceIsAsItWas(site, vm);
    }

    private static PlanPolicy Warm(EstateVm vm, PlanPolicy policy) => policy with
    {
        Modes = new Dictionary<string, MigrationMode> { [vm.Name] = MigrationMode.Warm },
        Warm = new WarmPolicy { AllowedDowntimeSeconds = 3600, PassIntervalSeconds = 0, DatastoreFreeShare = 0 },
    };

    /// <summary>Without jobs, so that a test can look between the steps.</summary>
    private static async Task<Site> OpenAsync(bool tracked)
    {
        var directory = LibvirtFixture.NewDirectory();
        var vm = Estates.Vm(await Estates.PlainDiskAsync(directory), power: EstatePower.On) with { Cbt = tracked };
        var site = await Site.OpenAsync(directory, Estates.Of(vm));
        await site.StartExecutorAsync(jobs: false);
        return site;
    }

    private static WritingGuest GuestOf(Site site, EstateVm vm) => new(site.Simulator, vm, [.. Enumerable.Range(0, (int)(Estates.PlainBytes / 4096)).Select(x => x * 4096L)]);

    private static async Task<Run> ReadyAsync(Site site, EstateVm vm, WritingGuest guest)
    {
        var plan = await site.PlanAsync(Warm(vm, Estates.Policy()), vm.Name);
        var run = (await site.StartWaveAsync(plan.Id)).Single();
        await site.StepUntilAsync(run.Id, RunPhase.Ready);
        site.Simulator.PowerStateOf(vm.Name).ShouldBe("poweredOn");
        site.Simulator.SnapshotsOf(vm.Name).ShouldBeEmpty();
        await guest.HasWrittenAsync(20);
        return run;
    }

    private static Task<Run> CutOverAsync(Site site, Run run) =>
        site.Services.GetRequiredService<RunControl>().CutOverAsync(run.Id, at: null, force: false, new ApproversWord("a test", "because of it"), Cancellation);

    private static async Task LastPassIsMadeAsync(Site site, Guid runId)
    {
        for (var steps = 0; await site.RunAsync(runId) is { LastPassAt: null } run; steps++)
        {
            (run.Phase != RunPhase.Failed && steps < 20).ShouldBeTrue(await site.LogOfAsync(runId));
            await site.Services.GetRequiredService<IRunStepper>().StepAsync(runId, Cancellation);
        }
    }

    /// <summary>The backing holds what the source's disk holds, seen by a program that is not ours.</summary>
    private static async Task ShouldEqualAsync(Site site, EstateVm vm)
    {
        site.Simulator.PowerStateOf(vm.Name).ShouldBe("poweredOff");
        var last = Path.Combine(site.Directory, "last.raw");
        await WritingGuest.DumpAsync(site.Simulator, vm, last);
        await Programs.OutputOfAsync("cmp", last, site.Target.ListNamespaces().ShouldHaveSingleItem().BackingPath);
    }

    private static async Task LastPassSentChangesAsync(Site site, Guid runId)
    {
        await using var db = await site.DatabaseAsync();
        var passes = await db.RunPasses.AsNoTracking().Where(x => x.RunId == runId).OrderBy(x => x.Number).ToListAsync(Cancellation);
        passes.Count.ShouldBeGreaterThanOrEqualTo(3, "the seed, passes of changes, the last one");
        var last = passes[^1];
        passes.ShouldAllBe(x => x.Outcome == PassOutcome.Completed && x.IsLast == (x.Id == last.Id));
        var disk = await db.RunPassDisks.AsNoTracking().SingleAsync(x => x.PassId == last.Id, Cancellation);
        (disk.Basis, disk.BytesSent > 0, disk.WrongExtents).ShouldBe((PassBasis.Changes, true, 0));
    }

    private static ManifestFile SignedManifest(Site site, RunDisk disk)
    {
        var manifests = site.Services.GetRequiredService<RunManifests>();
        var manifest = ManifestFile.Open(manifests.PathOf(disk.RunId, disk.DiskKey));
        manifest.CheckSignature(manifests.Key.PublicPem);
        (manifest.Manifest.SourceHash, manifest.Manifest.DestinationHash).ShouldBe((disk.SourceHash!, disk.DestinationHash!));
        return manifest;
    }

    /// <summary>No snapshot, no delta, change tracking as it was found.</summary>
    private static void SourceIsAsItWas(Site site, EstateVm vm)
    {
        site.Simulator.SnapshotsOf(vm.Name).ShouldBeEmpty();
        site.Simulator.DeltasOf(vm.Name, 0).ShouldBe(0);
        site.Simulator.ChangeTrackingOf(vm.Name).ShouldBe(vm.Cbt);
    }

    private static async Task<string> HashAsync(string path)
    {
        await using var file = File.OpenRead(path);
        return await DiskHash.OfStreamAsync(file, Cancellation);
    }
}
