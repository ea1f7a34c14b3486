using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Executor.Destinations;
using Migrate.Executor.Preflight;
using Migrate.Executor.Runs;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Runs;

/// <summary>A wave judges its KVM host by what it is like at that moment. libvirt's own test driver stands for the host, whose kernel is this machine's.</summary>
[UsesDatabase]
public sealed class WaveHostTests : IAsyncLifetime
{
    private FileSite _site = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _site = await FileSite.OpenAsync();

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    [Fact]
    public async Task A_host_that_cannot_be_asked_any_more_refuses_the_wave_whatever_its_check_said()
    {
        var plan = await PlanAsync();
        await CheckedAsync(plan);
        await using (var db = await _site.DatabaseAsync())
        {
            await db.KvmHosts.ExecuteUpdateAsync(set => set.SetProperty(x => x.Uri, "qemu:///system?socket=/nonexistent/libvirt-sock"), Cancel);
        }

        var refused = await Should.ThrowAsync<WaveRefusedException>(() => _site.StartAsync(plan));

        refused.Refusals.ShouldHaveSingleItem().Code.ShouldBe("probe.kvm-host");
        await using var after = await _site.DatabaseAsync();
        (await after.Runs.CountAsync(Cancel)).ShouldBe(0);
    }

    [Fact]
    public async Task What_the_host_no_longer_lacks_does_not_stop_a_wave_and_what_others_found_still_does()
    {
        var plan = await PlanAsync();
        var lacking = PreflightRules.All.Single(rule => rule.Id == "kvm.libvirt-version");
        await CheckedAsync(plan, lacking.Find(ConcernSeverity.Critical, "kvm1", "kvm1 has libvirt 4.5.0."));

        var run = await _site.StartAsync(plan);

        run.Phase.ShouldBe(RunPhase.Planned);
        await using (var db = await _site.DatabaseAsync())
        {
            var facts = StoredFacts.Read(await db.KvmHosts.AsNoTracking().SingleAsync(Cancel));
            facts.ReadAt.ShouldNotBeNull().ShouldBeGreaterThan(DateTime.UtcNow.AddHours(-1), "plan and report show what the wave was judged by");
            await db.Runs.ExecuteDeleteAsync(Cancel);
        }

        await CheckedAsync(plan, ProbeDescriptions.TargetSpace.Find(ConcernSeverity.Critical, "target", "It is full.", "Free space."));
        (await Should.ThrowAsync<WaveRefusedException>(() => _site.StartAsync(plan))).Refusals.ShouldHaveSingleItem().Code.ShouldBe("probe.target-space");
    }

    /// <summary>This machine's kernel stands for another's: it is asked the same questions.</summary>
    [Fact]
    public async Task A_host_that_cannot_attach_namespaces_refuses_the_wave_with_all_that_is_missing()
    {
        var plan = await PlanAsync();
        await using (var db = await _site.DatabaseAsync())
        {
            await db.KvmHosts.ExecuteUpdateAsync(set => set.SetProperty(x => x.TargetAddresses, "127.0.0.1:1"), Cancel);
        }

        var refusals = (await Should.ThrowAsync<WaveRefusedException>(() => _site.StartAsync(plan))).Refusals;

        refusals.ShouldContain(x => x.Code == "net.port" && x.Message.Contains("127.0.0.1:1"));
        await using var after = await _site.DatabaseAsync();
        var facts = StoredFacts.Read(await after.KvmHosts.AsNoTracking().SingleAsync(Cancel));
        refusals.Any(x => x.Code == "nvme.cli").ShouldBe(facts.Software!.NvmeCli is null);
        refusals.Any(x => x.Code == "nvme.tcp-module").ShouldBe(facts.Software.NvmeTcp == "missing");
        (await after.Runs.CountAsync(Cancel)).ShouldBe(0);
    }

    private async Task<Plan> PlanAsync()
    {
        var disk = Path.Combine(_site.Files, "disk.vmdk");
        await Programs.OutputOfAsync("qemu-img", "create", "-f", "vmdk", disk, "2M");
        return await _site.PlanAsync(SourceKind.Vmx, await SamplePackage.VmxAsync(_site.Files, Path.GetFileName(disk)));
    }

    private async Task CheckedAsync(Plan plan, params Concern[] found) => await _site.Services.GetRequiredService<PlanChecks>().SaveAsync(
        plan.Id, DateTime.UtcNow, DateTime.UtcNow, 1, [.. found.Select(concern => new ProbeFinding(null, concern))], Cancel);
}
