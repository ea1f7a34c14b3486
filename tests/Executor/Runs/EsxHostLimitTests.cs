using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Runs;
using Migrate.Executor.Runs.Steps;
using Migrate.Executor.Tests.Jobs;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Tests.Runs;

/// <summary>A limit counts for the ESXi host on which a VM is, and not only for the vCenter by which it is read.</summary>
[UsesDatabase]
public sealed class EsxHostLimitTests(PostgresCluster postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_copy_of_a_VM_that_is_off_waits_for_the_hours_of_its_ESXi_host()
    {
        await using var site = await SeedingSite.OpenAsync(postgres, 4L << 20);
        using var executor = site.Build("one");
        await executor.Services.GetRequiredService<MigrateDatabase>().MigrateAsync(Cancel);
        var limits = executor.Services.GetRequiredService<LimitStore>();
        var name = new ThrottleKey(ThrottleScope.SourceHost, "ESX01.example");
        var (from, until) = (DateTime.Now.AddHours(-1), DateTime.Now.AddHours(3));
        await limits.SetAsync(ThrottleText.Parse([$"{ThrottleText.Of(name)}=0MiB@{from:HH:mm}-{until:HH:mm}"]), Cancel);
        var run = await site.AddSeedingRunAsync(executor.Services);
        await executor.StartAsync(Cancel);

        await Eventually.BecomesTrueAsync(
            () => executor.Services.GetRequiredService<CopyThrottles>().Find(name)?.Says?.Contains("the limit host:", StringComparison.Ordinal) == true, "the copy waits for it");
        (await SeedingSite.DiskAsync(executor.Services, run)).BytesDone.ShouldBe(0);

        await limits.RemoveAsync(name, Cancel);
        await Eventually.BecomesTrueAsync(async () => (await SeedingSite.DiskAsync(executor.Services, run)).VerifiedAt is not null, "it is copied");
        await executor.StopAsync(Cancel);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_pass_begins_at_hours_that_are_closed_for_its_ESXi_host_or_for_its_vCenter(bool isEsxHost)
    {
        await using var site = await WarmSite.OpenAsync(new WarmPolicy { AllowedDowntimeSeconds = 3600, PassIntervalSeconds = 0, DatastoreFreeShare = 0 }, [(4L << 20) + 4096]);
        await site.StepUntilAsync(RunPhase.Ready);
        var passes = (await site.PassesAsync()).Count;
        var (origins, source) = (site.Get<CopyOrigins>(), await SourceAsync(site));
        var origin = await origins.OfAsync(source, (await site.RunAsync()).VmKey, Cancel);
        origin.EsxHost.ShouldNotBeNull().ShouldNotBe(origin.Server);
        var closed = new ThrottleWindow([], TimeOnly.FromDateTime(DateTime.Now.AddHours(-1)), TimeOnly.FromDateTime(DateTime.Now.AddHours(2)), new ThrottleLimits(0, null));
        site.Get<CopyThrottles>().Of(new ThrottleKey(ThrottleScope.SourceHost, isEsxHost ? origin.EsxHost : origin.Server)).Profile = new(ThrottleLimits.None, [closed]);

        await site.Get<RunControl>().SyncAsync(site.RunId, Cancel);
        await site.StepAsync();
        await site.StepAsync();

        (await site.PassesAsync()).Count.ShouldBe(passes, await site.LogAsync());
        (await site.LogAsync()).ShouldContain("At this hour nothing may be copied");
    }

    [Fact]
    public async Task A_VM_that_was_moved_is_where_the_source_says_whatever_the_inventory_remembers()
    {
        await using var site = await WarmSite.OpenAsync(new WarmPolicy { DatastoreFreeShare = 0 }, [1L << 20]);
        var source = await SourceAsync(site);
        var inventory = (await site.Get<InventoryStore>().LoadAsync(source.Id, null, Cancel)).ShouldNotBeNull();
        var vm = inventory.Vms.Single(x => x.Name == WarmSite.VmName);
        var known = inventory.Hosts.Single(x => x.Key == vm.HostKey);
        var moved = known with { Key = "host-moved", Name = "esx-moved.example" };
        await site.Get<InventoryStore>().SaveAsync(source.Id, inventory with { Hosts = [.. inventory.Hosts, moved] }, Cancel);
        var origins = site.Get<CopyOrigins>();

        (await origins.OfAsync(source, vm.Key, Cancel)).EsxHost.ShouldBe(known.Name);
        (await origins.OfAsync(source, vm with { HostKey = moved.Key }, Cancel)).EsxHost.ShouldBe(moved.Name);
        (await origins.OfAsync(source, vm with { HostKey = "unknown" }, Cancel)).Hosts.ShouldBe([new Uri(source.Url).Host]);
    }

    private static async Task<Source> SourceAsync(WarmSite site)
    {
        await using var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel);
        return await db.Sources.AsNoTracking().SingleAsync(Cancel);
    }
}
