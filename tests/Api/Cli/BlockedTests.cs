using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Planner.Persistence;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Api.Tests.Cli;

public sealed class BlockedTests(RunningServer server)
{
    private const string EstateText = """
        { "datastores": [{ "name": "ds1" }],
          "vms": [{ "name": "plain", "datastore": "ds1", "power": "off", "disks": [{ "capacity": "1 MiB" }] },
                  { "name": "mapped", "datastore": "ds1", "power": "off", "disks": [{ "capacity": "1 MiB", "backing": "rdmPhysical" }] }] }
        """;

    [Fact]
    public async Task A_critical_concern_ends_with_3_says_why_once_and_starts_nothing()
    {
        await using var simulator = await SimulatorServer.StartAsync(
            EstateFile.Parse(EstateText), new SimulatorOptions(), TestContext.Current.CancellationToken);
        var added = await server.RunWithAsync(
            new() { ["MIGRATE_PASSWORD"] = "rehearsal" }, "source", "add", "blocking", "--url", simulator.Url.ToString(), "--user", simulator.UserName,
            "--thumbprint", simulator.Thumbprint);
        added.ExitCode.ShouldBe(0, added.Error);
        (await server.RunAsync("inventory", "sync", "blocking")).ExitCode.ShouldBe(0);
        await AddHostAsync();
        string[] create = ["plan", "create", "blocked", "--source", "blocking", "--host", "nowhere", "--vm", "plain", "--vm", "mapped", "--network", "VM Network=user"];
        var created = await server.RunAsync(create);
        created.ExitCode.ShouldBe(0, created.Error);
        created.Out.ShouldContain("2 VMs");
        created.Error.ShouldContain("1 Critical concern blocks the start");

        (await server.RunAsync("plan", "concerns", "blocked")).ExitCode.ShouldBe(3);
        var started = await server.RunAsync("wave", "start", "blocked", "--wait");
        started.ExitCode.ShouldBe(3, started.Error);
        started.Error.Split("(disk.rdm-physical)").Length.ShouldBe(2, started.Error);
        started.Error.ShouldContain("for 1 reason.");
        (await server.RunAsync("run", "list", "--plan", "blocked", "--json")).Out.Trim().ShouldBe("[]");

        // A plan without runs has a report too: what is planned.
        var report = await server.RunAsync("report", "export", "blocked", "--html", "/nowhere/at/all/report.html");
        report.ExitCode.ShouldBe(1, report.Error);
        report.Error.ShouldContain("Cannot write /nowhere/at/all/report.html");
        report.Error.ShouldContain("remedy: ");

        var listed = await server.RunAsync("plan", "list", "--json");
        listed.Out.ShouldContain("\"critical\": 1");
        (await server.RunAsync("source", "remove", "blocking")).Error.ShouldContain("migrate source update");

        await RemoveAsync();
    }

    /// <summary>Not while a run of the plan holds anything; then with all that belongs to it, so that its source can go, too.</summary>
    private async Task RemoveAsync()
    {
        await using (var db = await DatabaseAsync())
        {
            var plan = await db.Plans.SingleAsync(x => x.Name == "blocked", TestContext.Current.CancellationToken);
            var vm = await db.PlanVms.FirstAsync(x => x.PlanId == plan.Id, TestContext.Current.CancellationToken);
            db.Runs.Add(new Run { Id = Guid.NewGuid(), PlanId = plan.Id, PlanVmId = vm.Id, VmKey = vm.VmKey, VmName = vm.VmName, Phase = RunPhase.Completed });
            await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        }

        var refused = await server.RunAsync("plan", "remove", "blocked");
        refused.ExitCode.ShouldBe(1, refused.Error);
        refused.Error.ShouldContain("is Completed");
        refused.Error.ShouldContain("Roll these runs back");
        await using (var db = await DatabaseAsync())
        {
            await db.Runs.Where(x => db.Plans.Any(plan => plan.Id == x.PlanId && plan.Name == "blocked"))
                .ExecuteUpdateAsync(set => set.SetProperty(x => x.Phase, RunPhase.RolledBack), TestContext.Current.CancellationToken);
        }

        var removed = await server.RunAsync("plan", "remove", "blocked");
        removed.ExitCode.ShouldBe(0, removed.Error);
        server.Log.ShouldContain("Plan blocked (");
        (await server.RunAsync("plan", "list", "--json")).Out.ShouldNotContain("\"blocked\"");
        (await server.RunAsync("plan", "remove", "blocked")).Error.ShouldContain("There is no plan named 'blocked'");
        (await server.RunAsync("source", "remove", "blocking")).ExitCode.ShouldBe(0);
    }

    /// <summary>As if it had been added and probed: what matters here is decided before any host is asked.</summary>
    private async Task AddHostAsync()
    {
        await using var db = await DatabaseAsync();
        db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "nowhere", Uri = "test:///default", DomainType = "qemu", Attachment = "backing" });
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
    }

    private Task<MigrateDb> DatabaseAsync() =>
        server.Services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(TestContext.Current.CancellationToken);
}
