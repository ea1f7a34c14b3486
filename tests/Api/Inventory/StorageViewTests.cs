using System.Text.Json;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Api.Tests.Inventory;

public sealed class StorageViewTests(RunningServer server)
{
    private const string Password = "topology-pass";

    private static readonly Estate Estate = new()
    {
        Datacenters = [new EstateDatacenter { Name = "DC1" }],
        Clusters = [new EstateCluster { Name = "c1", Vsan = true, VsanState = new EstateVsan { ResyncBytes = 5L << 30, Health = "yellow" } }],
        Datastores =
        [
            new EstateDatastore { Name = "iser-ds", Lun = new EstateLun { Paths = 2, DeadPaths = 1 } },
            new EstateDatastore { Name = "nvme-ds", Lun = new EstateLun { Vendor = "NVMe", Model = "TrueNAS", Adapter = EstateAdapterKind.NvmeTcp } },
            new EstateDatastore { Name = "vsan-ds", Type = "vsan" },
        ],
        Vms = [new EstateVm { Name = "web01", Datastore = "iser-ds", Disks = [new EstateDisk()] }],
    };

    [Fact]
    public async Task The_way_down_from_datastores_and_the_requirements_of_iSER_are_shown()
    {
        await using var simulator = await SimulatorServer.StartAsync(Estate, new SimulatorOptions { Password = Password }, TestContext.Current.CancellationToken);
        var added = await server.RunWithAsync(
            new() { ["MIGRATE_PASSWORD"] = Password }, "source", "add", "storage", "--url", simulator.Url.ToString(), "--user", simulator.UserName, "--thumbprint", simulator.Thumbprint);
        added.ExitCode.ShouldBe(0, added.Error);
        (await server.RunAsync("inventory", "sync", "storage")).ExitCode.ShouldBe(0);
        try
        {
            var topology = await server.RunAsync("inventory", "topology", "--source", "storage");
            topology.ExitCode.ShouldBe(0, topology.Error);
            topology.Out.ShouldContain("1 of 2 paths dead (esx01.example, esx02.example)");
            topology.Out.ShouldContain("vmrdma0 vmnic0");
            topology.Out.ShouldContain("nqn.2011-06.com.truenas:");
            topology.Out.ShouldContain("vSAN ESA, health yellow, 5 GiB to resynchronise");

            var one = await server.RunAsync("inventory", "topology", "--datastore", "iser-ds", "--source", "storage", "--json");
            JsonDocument.Parse(one.Out).RootElement.EnumerateArray().Select(d => d.GetProperty("name").GetString()).ShouldBe(["iser-ds"]);
            (await server.RunAsync("inventory", "topology", "--datastore", "none", "--source", "storage")).Error.ShouldContain("There is no datastore 'none'");

            var iser = await server.RunAsync("inventory", "iser", "--source", "storage");
            iser.ExitCode.ShouldBe(0, iser.Error);
            iser.Out.ShouldContain("vmhba66 → vmrdma0 → vmnic0 (vmk2)");
            iser.Out.ShouldContain("iser.flow-control");
            iser.Out.ShouldNotContain("iser.link-speed");

            var shown = Path.Combine(Directory.CreateTempSubdirectory().FullName, "esx01.txt");
            await File.WriteAllTextAsync(shown, "NIC     Pause RX  Pause TX\n------  --------  --------\nvmnic0  true      true\nvmnic1  false     false\n", TestContext.Current.CancellationToken);
            var judged = await server.RunAsync("inventory", "iser", "--source", "storage", "--json", "--evidence", $"esx01.example={shown}");
            judged.ExitCode.ShouldBe(0, judged.Error);
            var outcomes = JsonDocument.Parse(judged.Out).RootElement.EnumerateArray().Single().GetProperty("adapters").EnumerateArray()
                .Select(a => a.GetProperty("checks").EnumerateArray().Single(c => c.GetProperty("id").GetString() == "iser.flow-control").GetProperty("outcome").GetString());
            outcomes.ShouldBe(["Met", "NotMet"]);

            // It is kept, with who gave it, and what is said of the switch comes beside it.
            var kept = await server.RunAsync("inventory", "iser", "--source", "storage", "--all");
            kept.Out.ShouldSatisfyAllConditions(o => o.ShouldContain("vmnic0: pause RX on, pause TX on (given by "), o => o.ShouldContain("the switch is not visible from here"));
            var stated = await server.RunAsync("inventory", "iser", "--source", "storage", "--all", "--host", "esx01.example", "--switch", "none", "--switch-note", "leaf1 has it off", "--by", "ben");
            stated.ExitCode.ShouldBe(0, stated.Error);
            stated.Out.ShouldContain("switch: no flow control, \"leaf1 has it off\" (given by ");
            (await server.RunAsync("inventory", "iser", "--source", "storage", "--all")).Out
                .ShouldSatisfyAllConditions(o => o.ShouldContain("leaf1 has it off"), o => o.ShouldContain("ben (unverified)"), o => o.ShouldContain("vmnic0: pause RX on, pause TX on (given by "));
            (await server.RunAsync("inventory", "iser", "--source", "storage", "--host", "esx01.example")).Error.ShouldContain("not said what the switch does");
            (await server.RunAsync("inventory", "iser", "--source", "storage", "--switch", "pfc")).Error.ShouldContain("which hosts");

            var wrong = await server.RunAsync("inventory", "iser", "--source", "storage", "--evidence", $"esx09.example={shown}");
            wrong.ExitCode.ShouldBe(1);
            wrong.Error.ShouldContain("there is no host 'esx09.example'");
            Directory.Delete(Path.GetDirectoryName(shown)!, recursive: true);
        }
        finally
        {
            (await server.RunAsync("source", "remove", "storage")).ExitCode.ShouldBe(0);
        }
    }
}
