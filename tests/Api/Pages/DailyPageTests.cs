using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Planner.Tests.Offline;
using Migrate.Planner.VSphere.ChangeTracking;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Api.Tests.Pages;

/// <summary>What people do day by day, each by the form of a page.</summary>
public sealed class DailyPageTests(RunningServer server) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Files_are_added_as_a_source_and_what_a_synchronisation_changed_is_shown()
    {
        _folder.Write("a/alpha.vmx", "config.version = \"8\"\ndisplayName = \"page-alpha\"\nmemsize = \"1024\"");
        using var browser = new Browser(server);
        using var wrong = await browser.SendAsync("/sources/add-files", "value=\"add\"", ("name", "page-files"), ("kind", "Vmx"), ("paths", "not/absolute"));
        wrong.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await wrong.Content.ReadAsStringAsync(Cancellation)).ShouldContain("not/absolute</textarea>", customMessage: "what was typed stays");
        using var added = await browser.SendAsync("/sources/add-files", "value=\"add\"", ("name", "page-files"), ("kind", "Vmx"), ("paths", _folder.Path + "\r\n"));
        added.StatusCode.ShouldBe(HttpStatusCode.Redirect, await added.Content.ReadAsStringAsync(Cancellation));
        await browser.ShouldComeToSayAsync(new Uri(server.Url, added.Headers.Location!).PathAndQuery, "The files can be read; the source was added.");
        (await browser.PageAsync("/sources/page-files")).ShouldContain(_folder.Path);

        using var first = await browser.SendAsync("/sources/page-files", "value=\"sync\"");
        await browser.ShouldComeToSayAsync(new Uri(server.Url, first.Headers.Location!).PathAndQuery, "The inventory was read. Version 1: 1 VM;");
        _folder.Write("b/beta.vmx", "config.version = \"8\"\ndisplayName = \"page-beta\"\nmemsize = \"2048\"");
        _folder.Write("a/alpha.vmx", "config.version = \"8\"\ndisplayName = \"page-alpha\"\nmemsize = \"4096\"");
        using var second = await browser.SendAsync("/sources/page-files", "value=\"sync\"");
        second.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await browser.ShouldComeToSayAsync(new Uri(server.Url, second.Headers.Location!).PathAndQuery, "Version 2: 2 VMs;")).ShouldContain("/sources/page-files/changes?to=2");
        var changes = await browser.PageAsync("/sources/page-files/changes?to=2");
        changes.ShouldContain("page-beta");
        changes.ShouldContain("Added");
        changes.ShouldContain("4294967296", customMessage: "4096 MiB");
        (await browser.PageAsync("/baselines")).ShouldNotContain("value=\"page-files\"", customMessage: "files run nowhere");
    }

    [Fact]
    public async Task Baselines_are_started_and_stopped_for_one_VM_for_chosen_ones_and_for_all()
    {
        await using var simulator = await SimulatorServer.StartAsync(EstateGenerator.Generate(12, hosts: 1), new SimulatorOptions(), Cancellation);
        (await server.RunWithAsync(new() { ["MIGRATE_PASSWORD"] = simulator.Password }, "source", "add", "page-base", "--url", simulator.Url.ToString(), "--user", simulator.UserName, "--thumbprint", simulator.Thumbprint)).ExitCode.ShouldBe(0);
        (await server.RunAsync("inventory", "sync", "page-base")).ExitCode.ShouldBe(0);
        var keys = JsonDocument.Parse(await server.Client().GetStringAsync("/api/v1/sources/page-base/vms", Cancellation)).RootElement.GetProperty("items").EnumerateArray().Select(x => x.GetProperty("key").GetString()!).ToList();
        using var browser = new Browser(server);

        var chosen = $"/baselines?source=page-base&vm={keys[0]}&vm={keys[1]}";
        (await browser.PageAsync(chosen)).ShouldContain("2 chosen VMs");
        using var started = await browser.SendAsync(chosen, "value=\"start\"");
        started.Headers.Location!.ToString().ShouldEndWith("done=started");
        (await CollectedAsync()).ShouldBe([keys[0], keys[1]], ignoreOrder: true);
        using var stopped = await browser.SendAsync("/baselines?source=page-base", $"value=\"stop-{keys[0]}\"");
        (await CollectedAsync()).ShouldBe([keys[1]]);
        using var one = await browser.SendAsync($"/inventory/page-base/{keys[2]}", "value=\"collect\"");
        one.Headers.Location!.ToString().ShouldEndWith("done=collected");
        (await CollectedAsync()).ShouldBe([keys[1], keys[2]], ignoreOrder: true);
        (await browser.PageAsync($"/inventory/page-base/{keys[2]}")).ShouldContain("Stop collecting");
        using var all = await browser.SendAsync("/baselines?source=page-base", "value=\"start-all\"");
        (await CollectedAsync()).Count.ShouldBeGreaterThan(8, "all but templates");
        using var none = await browser.SendAsync("/baselines?source=page-base", "value=\"stop-all\"");
        (await CollectedAsync()).ShouldBeEmpty();
        (await server.RunAsync("source", "remove", "page-base")).ExitCode.ShouldBe(0);

        async Task<List<string>> CollectedAsync()
        {
            await using var db = await server.DatabaseAsync();
            var source = await db.Sources.SingleAsync(x => x.Name == "page-base", Cancellation);
            return await db.BaselineWatches.Where(x => x.SourceId == source.Id && x.StoppedAt == null).Select(x => x.VmKey).ToListAsync(Cancellation);
        }
    }

    [Fact]
    public async Task A_rehearsal_is_asked_for_and_what_came_of_it_is_shown()
    {
        var run = await server.AddRunAsync("page-rehearsed-" + Guid.NewGuid().ToString("N")[..6], (_, vm, x) =>
        {
            vm.Mode = MigrationMode.Warm;
            (x.Phase, x.ResumePhase, x.TrackingPhase, x.LeaseOwner, x.LeaseExpiresAt) = (RunPhase.Syncing, RunPhase.Syncing, TrackingPhase.Ready, "another", DateTime.UtcNow.AddHours(1));
        });
        using var browser = new Browser(server);
        using var asked = await browser.SendAsync($"/runs/{run.Id}", "value=\"rehearse\"");
        asked.StatusCode.ShouldBe(HttpStatusCode.Redirect, await asked.Content.ReadAsStringAsync(Cancellation));
        var page = await browser.PageAsync($"/runs/{run.Id}");
        page.ShouldContain("Rehearsal of the cutover");
        page.ShouldContain("Asked for");
        await using var db = await server.DatabaseAsync();
        (await db.Runs.AsNoTracking().SingleAsync(x => x.Id == run.Id, Cancellation)).RehearsalAskedAt.ShouldNotBeNull();
        await db.Runs.Where(x => x.Id == run.Id).ExecuteUpdateAsync(set => set.SetProperty(x => x.Phase, RunPhase.RolledBack).SetProperty(x => x.LeaseOwner, (string?)null), Cancellation);
    }

    [Fact]
    public async Task What_is_wrong_with_a_check_of_a_host_is_told_beside_its_form()
    {
        await using (var db = await server.DatabaseAsync())
        {
            db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "page-checked", Uri = "test:///default", DomainType = "qemu" });
            await db.SaveChangesAsync(Cancellation);
        }

        using var browser = new Browser(server);
        using var refused = await browser.SendAsync("/hosts/page-checked", "value=\"check\"", ("target", "not an address"), ("nqn", ""));
        refused.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var page = await refused.Content.ReadAsStringAsync(Cancellation);
        page.ShouldContain("host.check-invalid");
        page.ShouldContain("value=\"not an address\"");

        // What can be tried is an operation that the page tells of; another one's is not told here.
        using var probed = await browser.SendAsync("/hosts/page-checked", "value=\"probe\"");
        await browser.ShouldComeToSayAsync(new Uri(server.Url, probed.Headers.Location!).PathAndQuery, "The host was probed. Domains get qemu");
        using var begun = await browser.SendAsync("/hosts/page-checked", "value=\"check\"", ("target", ""), ("nqn", ""));
        (await browser.ShouldComeToSayAsync(new Uri(server.Url, begun.Headers.Location!).PathAndQuery, "The host was checked: ")).ShouldContain("<h2>What was tried</h2>");
        (await browser.PageAsync("/hosts/page-checked")).ShouldNotContain("The host was", customMessage: "what went well is told to who began it");
    }

    [Fact]
    public async Task A_host_is_changed_and_removed_by_its_page()
    {
        await using (var db = await server.DatabaseAsync())
        {
            db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "page-gone", Uri = "test:///default", DomainType = "qemu" });
            await db.SaveChangesAsync(Cancellation);
        }

        using var browser = new Browser(server);
        using var refused = await browser.SendAsync("/hosts/page-gone", "value=\"update\"", ("uri", "xen:///"), ("domainType", "kvm"), ("attachment", "backing"), ("targets", ""));
        refused.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await refused.Content.ReadAsStringAsync(Cancellation)).ShouldContain("VMs move to qemu");
        using var unconfirmed = await browser.SendAsync("/hosts/page-gone", "value=\"remove\"", ("confirm", "page-gon"));
        unconfirmed.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        using var removed = await browser.SendAsync("/hosts/page-gone", "value=\"remove\"", ("confirm", "page-gone"));
        removed.StatusCode.ShouldBe(HttpStatusCode.Redirect);

        await using var after = await server.DatabaseAsync();
        (await after.KvmHosts.AnyAsync(x => x.Name == "page-gone", Cancellation)).ShouldBeFalse();
    }

    [Fact]
    public async Task An_override_is_given_and_taken_back()
    {
        var name = "page-overridden-" + Guid.NewGuid().ToString("N")[..6];
        var run = await server.AddRunAsync(name, (_, vm, x) =>
        {
            x.Phase = RunPhase.RolledBack;
            vm.Concerns = """[{"id":"nic.duplicate-mac","severity":"Critical","label":"Suspended","assessment":"It is suspended.","remedy":"Resume it.","subject":"the VM"}]""";
            vm.CriticalCount = 1;
        });
        using var browser = new Browser(server);
        using var given = await browser.SendAsync($"/plans/{name}", "value=\"override-vm-1-nic.duplicate-mac\"", ("reason", "known and accepted"));
        given.StatusCode.ShouldBe(HttpStatusCode.Redirect, await given.Content.ReadAsStringAsync(Cancellation));
        (await browser.PageAsync($"/plans/{name}")).ShouldContain("known and accepted");
        using var lifted = await browser.SendAsync($"/plans/{name}", "value=\"lift-vm-1-nic.duplicate-mac\"", ("reason", "it was not known after all"));
        lifted.StatusCode.ShouldBe(HttpStatusCode.Redirect, await lifted.Content.ReadAsStringAsync(Cancellation));
        await using var db = await server.DatabaseAsync();
        (await db.ConcernOverrides.AsNoTracking().SingleAsync(x => x.PlanId == run.PlanId, Cancellation)).LiftedBecause.ShouldBe("it was not known after all");
    }
}
