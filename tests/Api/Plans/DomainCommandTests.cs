using System.Text.Json;
using System.Xml.Linq;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Executor.Destinations;
using Migrate.Planner.Persistence;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Api.Tests.Plans;

/// <summary>From an inventory to the domain and the scripts, by the commands that an operator has.</summary>
public sealed class DomainCommandTests(RunningServer server)
{
    private const string EstateText = """
        { "datastores": [{ "name": "ds1" }],
          "vms": [{ "name": "d-web", "datastore": "ds1", "power": "off", "disks": [{ "capacity": "2 MiB" }] }] }
        """;

    [Fact]
    public async Task A_plans_VM_is_shown_as_the_domain_that_it_becomes_and_as_scripts()
    {
        await using var simulator = await PreparedAsync();
        var refused = await server.RunAsync("plan", "create", "d-bad", "--source", "d-vc", "--host", "d-host", "--vm", "d-web", "--network", "VM Network=bridge:br0", "--profile", "Dense", "--pinning", "Always", "--cpu", "no model", "--profile-of", "d-wep=Latency");
        refused.ExitCode.ShouldNotBe(0);
        foreach (var part in new[] { "shares cores", "'no model' cannot be the name", "'d-wep', which is not in the plan", "Did you mean 'd-web'?" })
        {
            (refused.Error + refused.Out).ShouldContain(part);
        }

        await DoneAsync("plan", "create", "designed", "--source", "d-vc", "--host", "d-host", "--vm", "d-web", "--network", "VM Network=bridge:br0", "--cpu", "host-model");
        var shown = JsonDocument.Parse(await DoneAsync("plan", "domain", "designed", "d-web", "--json")).RootElement;
        var xml = XElement.Parse(shown.GetProperty("xml").GetString()!);
        xml.Element("cpu")!.Attribute("mode")!.Value.ShouldBe("host-model");
        shown.GetProperty("reasons").EnumerateArray().ShouldContain(r => r.GetProperty("element").GetString() == "cpu/@mode" && r.GetProperty("from").GetString() == "policy");
        XElement.Parse(await DoneAsync("plan", "domain", "designed", "d-web", "--xml")).Element("uuid")!.Value.ShouldBe(xml.Element("uuid")!.Value);
        (await DoneAsync("plan", "domain", "designed", "d-web")).ShouldContain("policy: cpu");

        var file = Path.Combine(server.Directory, "d-web.sh");
        await DoneAsync("plan", "bundle", "designed", "d-web", "--attachment", "nvme-tcp", "--out", file);
        (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).ShouldContain("/dev/disk/by-id/nvme-uuid.");
        (await DoneAsync("plan", "bundle", "designed", "d-web", "--kind", "Proxmox")).ShouldContain("qm create");
        (await DoneAsync("plan", "bundle", "designed", "d-web", "--kind", "TrueNas")).ShouldContain("nvmet.namespace.create");

        (await server.RunAsync("plan", "domain", "designed", "d-wep")).Error.ShouldContain("has no VM 'd-wep'");
        (await server.RunAsync("plan", "domain", "none-such", "d-web")).Error.ShouldContain("There is no plan named");
    }

    [Fact]
    public async Task A_host_that_was_never_probed_is_named()
    {
        await using (var db = await DatabaseAsync())
        {
            db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "d-unprobed", Uri = "test:///default", DomainType = "kvm", Attachment = "backing" });
            await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        }
        await using var simulator = await SourceAsync("d-vc2");
        await DoneAsync("plan", "create", "undesigned", "--source", "d-vc2", "--host", "d-unprobed", "--vm", "d-web", "--network", "VM Network=user");
        var result = await server.RunAsync("plan", "domain", "undesigned", "d-web");
        result.ExitCode.ShouldNotBe(0);
        result.Error.ShouldContain("migrate host probe d-unprobed");
    }

    private async Task<SimulatorServer> PreparedAsync()
    {
        var facts = new KvmHostFacts
        {
            Uri = "test:///default",
            HostName = "d-host",
            Libvirt = new Version(9, 0, 0),
            Qemu = new Version(7, 2, 0),
            Kernel = "6.1.0",
            Cpus = 8,
            IoUring = new IoUringState(true, "io_uring_setup succeeds"),
        };
        await using (var db = await DatabaseAsync())
        {
            db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "d-host", Uri = facts.Uri, DomainType = "kvm", Attachment = "backing", Facts = JsonSerializer.Serialize(facts, JsonSerializerOptions.Web) });
            await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        }
        return await SourceAsync("d-vc");
    }

    private async Task<SimulatorServer> SourceAsync(string source)
    {
        var simulator = await SimulatorServer.StartAsync(
            EstateFile.Parse(EstateText) with { Seed = source.Sum(letter => letter) }, new SimulatorOptions(), TestContext.Current.CancellationToken);
        var added = await server.RunWithAsync(
            new() { ["MIGRATE_PASSWORD"] = "rehearsal" }, "source", "add", source, "--url", simulator.Url.ToString(), "--user", simulator.UserName, "--thumbprint", simulator.Thumbprint);
        added.ExitCode.ShouldBe(0, added.Error);
        await DoneAsync("inventory", "sync", source);
        return simulator;
    }

    private async Task<string> DoneAsync(params string[] args)
    {
        var result = await server.RunAsync(args);
        result.ExitCode.ShouldBe(0, string.Join(' ', args) + ": " + result.Error);
        return result.Out;
    }

    private Task<MigrateDb> DatabaseAsync() =>
        server.Services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(TestContext.Current.CancellationToken);
}
