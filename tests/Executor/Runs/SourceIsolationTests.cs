using Migrate.Executor.Runs;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.Privileges;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Executor.Tests.Runs;

/// <summary>A source that has moved cannot come up beside its copy, and a roll-back gives back exactly what was there.</summary>
[UsesDatabase]
public sealed class SourceIsolationTests
{
    private static readonly WarmPolicy Policy = new() { AllowedDowntimeSeconds = 3600, PassIntervalSeconds = 0, CutOverWhenReady = true, DatastoreFreeShare = 0 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static EstateVm WithCards(EstateVm vm) => vm with
    {
        Annotation = "owner: finance\nask before rebooting",
        Nics = [new EstateVmNic { Network = "VM Network" }, new EstateVmNic { Network = "VM Network", Connected = false }, new EstateVmNic { Network = "VM Network" }],
    };

    [Theory]
    [InlineData(MigrationMode.Warm, true)]
    [InlineData(MigrationMode.Cold, true)]
    [InlineData(MigrationMode.Cold, false)] // Nothing but the configuration's version tells that the source was left alone, and isolating changes it.
    public async Task Its_cards_are_off_before_the_domain_starts_and_a_roll_back_puts_them_back_as_they_were(MigrationMode mode, bool hasEvents)
    {
        await using var site = await WarmSite.OpenAsync(Policy, change: WithCards, mode: mode);
        (string Annotation, IReadOnlyList<bool> Nics) atStart = default;
        site.OnLive = () =>
        {
            atStart = site.Simulator.LinksOf(WarmSite.VmName);
            if (!hasEvents)
            {
                site.Simulator.Faults.ForgetEvents();
            }

            return Task.CompletedTask;
        };
        await site.StepUntilAsync(RunPhase.Completed);

        site.Starts.ShouldBe(1, await site.LogAsync());
        atStart.Nics.ShouldBe([false, false, false]);
        atStart.Annotation.ShouldStartWith("owner: finance\nask before rebooting\n[migrate]");
        atStart.Annotation.ShouldContain(site.RunId.ToString());

        await RollBackAsync(site);
        var (annotation, nics) = site.Simulator.LinksOf(WarmSite.VmName);
        annotation.ShouldBe("owner: finance\nask before rebooting");
        nics.ShouldBe([true, false, true]);
        SourceChanges.Read((await site.RunAsync()).SourceChanges).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_others_wrote_into_its_notes_meanwhile_stays()
    {
        await using var site = await WarmSite.OpenAsync(Policy, change: WithCards, mode: MigrationMode.Cold);
        await site.StepUntilAsync(RunPhase.Completed);
        site.Simulator.Faults.Reconfigure(WarmSite.VmName); // One character more at their end.
        await RollBackAsync(site);
        site.Simulator.LinksOf(WarmSite.VmName).Annotation.ShouldBe("owner: finance\nask before rebooting.");
    }

    /// <summary>Before and after each write of a run's row from the cutover on, which is where its state can differ from the source's.</summary>
    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    public async Task A_worker_that_dies_around_it_leaves_nothing_that_a_roll_back_would_not_undo(int write, bool afterwards)
    {
        await using var site = await WarmSite.OpenAsync(Policy, change: WithCards, mode: MigrationMode.Cold);
        site.BeforeDomain = () =>
        {
            site.BeforeDomain = null;
            var seen = 0;
            site.Kill.Arm(x => x.Updates("runs") && seen++ == write, afterwards);
            return Task.CompletedTask;
        };
        while (!site.Kill.HasStruck && (await site.RunAsync()).Phase != RunPhase.Completed)
        {
            try
            {
                await site.StepAsync();
            }
            catch (Exception) when (site.Kill.HasStruck)
            {
                break;
            }
        }

        await site.StopAsync();
        await site.StartAsync();
        await RollBackAsync(site);
        site.Simulator.LinksOf(WarmSite.VmName).Annotation.ShouldBe("owner: finance\nask before rebooting");
        site.Simulator.LinksOf(WarmSite.VmName).Nics.ShouldBe([true, false, true]);
    }

    [Fact]
    public async Task An_account_that_may_not_is_refused_before_anything_begins()
    {
        string[] held = [.. NeededPrivilege.All.Where(x => x.Activity != Activity.Isolation).Select(x => x.Id)];
        var estate = new Estate
        {
            Datastores = [new EstateDatastore { Name = "ds1" }],
            Vms = [new EstateVm { Name = "vm", Datastore = "ds1" }],
            Users = [new EstateUser { Name = "mover", Privileges = held }],
        };
        await using var simulator = await SimulatorServer.StartAsync(estate, cancellationToken: Cancel);
        await using var session = await VSphereSession.OpenAsync(new(simulator.Url, "mover", simulator.Password, simulator.Thumbprint), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, Cancel);
        var vm = (await session.ReadInventoryAsync(Cancel)).Vms.Single();

        var report = await session.CheckPrivilegesAsync(vm.Key, vm.Name, [Activity.Isolation], Cancel);

        report.Missing.Select(x => x.Id).ShouldBe(["VirtualMachine.Config.Annotation", "VirtualMachine.Config.EditDevice", "VirtualMachine.Interact.DeviceConnection"], ignoreOrder: true);
        report.Missing.ShouldAllBe(x => x.EntityName == "vm");
        var refused = await Should.ThrowAsync<MigrateException>(() => session.IsolateAsync(vm.Key, "note", Cancel));
        refused.Code.ShouldBe("source.permission");
    }

    private static async Task RollBackAsync(WarmSite site)
    {
        await site.Get<RunControl>().RollBackAsync(site.RunId, deleteData: false, discardChanges: true, new ApproversWord("a test", "because of it"), Cancel);
        var began = TimeProvider.System.GetTimestamp();
        while ((await site.RunAsync()).Phase != RunPhase.RolledBack)
        {
            TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromMinutes(5), await site.LogAsync());
            await site.StepAsync();
            await Task.Delay(20, Cancel);
        }
    }
}
