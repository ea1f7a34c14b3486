using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Api.Tests.Inventory;

/// <summary>Clusters and networks, page by page and one by one, of this version and of an older one.</summary>
public sealed class PlaceTests(RunningServer server)
{
    private const string Password = "places-pass";

    private static readonly Estate Estate = new()
    {
        ApiVersion = "9.0.0.0",
        Datacenters = [new EstateDatacenter { Name = "DC1" }, new EstateDatacenter { Name = "DC2" }],
        Clusters =
        [
            new EstateCluster { Name = "gold", Datacenter = "DC1", Rules = [new EstateRule { Name = "apart", Kind = EstateRuleKind.Apart, Vms = ["web01", "web02"] }] },
            new EstateCluster { Name = "silver", Datacenter = "DC2", Drs = false },
        ],
        Hosts = [new EstateHost { Name = "esx01.example", Cluster = "gold" }, new EstateHost { Name = "esx02.example", Cluster = "silver" }],
        Networks =
        [
            new EstateNetwork { Name = "web", Datacenter = "DC1", Switch = "dvs1", Vlan = 100 },
            new EstateNetwork { Name = "same", Datacenter = "DC1" },
            new EstateNetwork { Name = "same", Datacenter = "DC2" },
        ],
        Vms = [.. new[] { "web01", "web02" }.Select(name => new EstateVm
        {
            Name = name, Datacenter = "DC1", Tdx = true, SwapPlacement = "hostLocal", Nics = [new EstateVmNic { Network = "web" }], Disks = [new EstateDisk { Format = "native_4k" }],
        })],
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Clusters_and_networks_are_listed_and_shown()
    {
        await using var simulator = await SimulatorServer.StartAsync(Estate, new SimulatorOptions { Password = Password }, Cancel);
        var added = await server.RunWithAsync(
            new() { ["MIGRATE_PASSWORD"] = Password }, "source", "add", "places", "--url", simulator.Url.ToString(), "--user", simulator.UserName, "--thumbprint", simulator.Thumbprint);
        added.ExitCode.ShouldBe(0, added.Error);
        try
        {
            (await server.RunAsync("inventory", "sync", "places")).ExitCode.ShouldBe(0);
            using var client = server.Client();
            var page = await client.GetFromJsonAsync<JsonElement>("api/v1/sources/places/networks?page=2&pageSize=1", Cancel);
            (page.GetProperty("total").GetInt32(), page.GetProperty("items").GetArrayLength()).ShouldBe((3, 1));
            var web = await client.GetFromJsonAsync<JsonElement>("api/v1/sources/places/networks/web", Cancel);
            (web.GetProperty("switch").GetString(), web.GetProperty("vlan").GetString()).ShouldBe(("dvs1", "100"));
            var gold = await client.GetFromJsonAsync<JsonElement>("api/v1/sources/places/clusters/gold", Cancel);
            gold.GetProperty("rules")[0].GetProperty("vmKeys").GetArrayLength().ShouldBe(2);
            (await client.GetAsync(new Uri("api/v1/sources/places/clusters/none", UriKind.Relative), Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
            (await client.GetAsync(new Uri("api/v1/sources/places/clusters/gold?version=9", UriKind.Relative), Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);

            var clusters = await server.RunAsync("inventory", "clusters", "--source", "places");
            clusters.ExitCode.ShouldBe(0, clusters.Error);
            clusters.Out.ShouldSatisfyAllConditions(o => o.ShouldContain("gold"), o => o.ShouldContain("silver"), o => o.ShouldNotContain("apart"));
            (await server.RunAsync("inventory", "clusters", "gold", "--source", "places")).Out.ShouldContain("apart");
            (await server.RunAsync("inventory", "networks", "--source", "places")).Out.ShouldContain("dvs1");
            var ambiguous = await server.RunAsync("inventory", "networks", "same", "--source", "places");
            ambiguous.ExitCode.ShouldNotBe(0);
            ambiguous.Error.ShouldContain("Several networks are named 'same'");
            (await server.RunAsync("inventory", "networks", "none", "--source", "places")).Error.ShouldContain("There is no network 'none'");

            var vm = await server.RunAsync("inventory", "show", "web01", "--source", "places");
            vm.Out.ShouldSatisfyAllConditions(o => o.ShouldContain("TDX"), o => o.ShouldContain("swap file: hostLocal"), o => o.ShouldContain("4K sectors: Hard disk 1"));
        }
        finally
        {
            (await server.RunAsync("source", "remove", "places")).ExitCode.ShouldBe(0);
        }
    }
}
