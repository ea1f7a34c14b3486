using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Inventory;

/// <summary>The list of VMs as the API, the command and the page give it: filtered, with what rules say, and as a table. On both databases.</summary>
public sealed class VmListTests(PostgresCluster postgres)
{
    private const long GiB = 1L << 30;

    public enum Database
    {
        Sqlite,
        Postgres,
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task The_same_filter_means_the_same_to_API_command_page_and_table(Database database)
    {
        var shared = database == Database.Postgres ? DatabaseOptions.Postgres(await postgres.NewDatabaseAsync(Cancel)) : null;
        var server = new RunningServer { Change = x => x with { Database = shared } };
        await server.InitializeAsync();
        try
        {
            await FillAsync(server);
            using var http = server.Client();
            var all = await JudgedAsync(server, http);
            var rdm = all.Single(x => x.GetProperty("key").GetString() == "vm-2");
            rdm.GetProperty("worst").GetString().ShouldBe("Critical");
            rdm.GetProperty("critical").GetInt32().ShouldBeGreaterThan(0);
            rdm.GetProperty("cluster").GetString().ShouldBe("Prod, east");
            rdm.GetProperty("datacenter").GetString().ShouldBe("dc-b");
            rdm.GetProperty("usedBytes").GetInt64().ShouldBe(2 * GiB);
            rdm.GetProperty("changeBytesPerSecond").ValueKind.ShouldBe(JsonValueKind.Null, "not measured");
            (rdm.GetProperty("plan").GetString(), rdm.GetProperty("wave").GetInt32()).ShouldBe(("first", 3));
            var concern = rdm.GetProperty("concernIds")[0].GetString()!;
            all.Single(x => x.GetProperty("key").GetString() == "vm-3").GetProperty("usedBytes").ValueKind.ShouldBe(JsonValueKind.Null);
            using var browser = new Pages.Browser(server);
            foreach (var (query, page, options, keys) in ((string Query, string Page, string[] Options, string[] Keys)[])
            [
                ("cluster=Prod, east", "cluster=Prod, east", ["--cluster", "Prod, east"], ["vm-1", "vm-2"]),
                ("datacenter=dc-b", "datacenter=dc-b", ["--datacenter", "dc-b"], ["vm-2", "vm-3"]),
                ("datastore=slow", "datastore=slow", ["--datastore", "slow"], ["vm-2"]),
                ("guest=debian", "guest=debian", ["--guest", "debian"], ["vm-1", "vm-2"]),
                ($"minUsedBytes={2 * GiB}", "minUsedGiB=2", ["--min-used-bytes", $"{2 * GiB}"], ["vm-2"]),
                ($"maxUsedBytes={(2 * GiB) - 1}", "maxUsedGiB=1.9", ["--max-used-bytes", $"{(2 * GiB) - 1}"], ["vm-1"]),
                ($"concern={concern}&worst=Critical", $"concern={concern}&worst=Critical", ["--concern", concern, "--worst", "Critical"], ["vm-2"]),
                ("planned=false", "planned=no", ["--planned", "false"], ["vm-1", "vm-3"]),
                ("plan=first&wave=3", "plan=first&wave=3", ["--plan", "first", "--wave", "3"], ["vm-2"]),
                ("measured=true", "measured=yes", ["--measured", "true"], []),
            ])
            {
                (await KeysAsync(http, $"/api/v1/sources/estate/vms?sort=-name&{query}")).ShouldBe(keys.Reverse(), query);
                var csv = await http.GetStringAsync($"/api/v1/sources/estate/vms.csv?sort=-name&{query}", Cancel);
                KeysOf(csv).ShouldBe(keys.Reverse(), query);
                var command = await server.RunAsync(["inventory", "vms", "--source", "estate", "--sort=-name", .. options, "--csv"]);
                command.Out.ShouldBe(csv, command.Error);
                KeysOf(await (await browser.GetAsync($"/inventory.csv?source=estate&sort=-name&{page}")).Content.ReadAsStringAsync(Cancel)).ShouldBe(keys.Reverse(), page);
                var html = await browser.PageAsync($"/inventory?source=estate&sort=-name&{page}");
                html.Split("name=\"vm\" value=\"").Skip(1).Select(x => x[..x.IndexOf('"', StringComparison.Ordinal)]).ShouldBe(keys.Reverse(), page);
            }

            var whole = (await http.GetStringAsync("/api/v1/sources/estate/vms.csv", Cancel)).Split("\r\n");
            whole[0].ShouldBe("key,name,power,datacenter,cluster,folder,host,guest,vcpus,memory_bytes,disks,capacity_bytes,used_bytes,change_bytes_per_second,change_origin,datastores,worst_concern,critical,warnings,information,concerns,plan,wave");
            whole[1].ShouldStartWith($"vm-1,'=cmd|'/c calc'!A1,poweredOff,dc-a,\"Prod, east\",/a,esx1,Debian GNU/Linux 12,2,{4 * GiB},1,{8 * GiB},{GiB},,,fast,");
            whole[2].ShouldEndWith(",first,3");
            whole[4].ShouldBe("", "and nothing after the last line");
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task What_is_wrong_with_a_filter_is_told_and_no_table_is_begun()
    {
        var server = new RunningServer();
        await server.InitializeAsync();
        try
        {
            await FillAsync(server);
            using var http = server.Client();
            foreach (var (query, status, code) in ((string, HttpStatusCode, string)[])
            [
                ("plan=none-such", HttpStatusCode.NotFound, "plan.unknown"),
                ("concern=disk.rdmm", HttpStatusCode.NotFound, "concern.unknown"),
                ("powerState=half", HttpStatusCode.UnprocessableEntity, "list.filter-unknown"),
                ("sort=colour", HttpStatusCode.UnprocessableEntity, "list.order-unknown"),
                ("version=9", HttpStatusCode.NotFound, "version.unknown"),
            ])
            {
                foreach (var list in (string[])["vms", "vms.csv"])
                {
                    using var refused = await http.GetAsync($"/api/v1/sources/estate/{list}?{query}", Cancel);
                    var text = await refused.Content.ReadAsStringAsync(Cancel);
                    refused.StatusCode.ShouldBe(status, text);
                    JsonDocument.Parse(text).RootElement.GetProperty("code").GetString().ShouldBe(code);
                }
            }

            (await http.GetAsync("/api/v1/sources/estate/vms?worst=Awful", Cancel)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
            (await KeysAsync(http, "/api/v1/sources/estate/vms?cluster=none-such")).ShouldBeEmpty();
            using var browser = new Pages.Browser(server);
            WebUtility.HtmlDecode(await browser.PageAsync("/inventory?source=estate&worst=Awful")).ShouldContain("'Awful' is no severity");
            WebUtility.HtmlDecode(await browser.PageAsync("/inventory?source=estate&minUsedGiB=lots")).ShouldContain("'lots' is no number of GiB");
            var columns = await browser.PageAsync("/inventory?source=estate&columns=guest&columns=datacenter");
            columns.ShouldContain(">Guest</a>");
            columns.ShouldNotContain("sort=concerns");
            (await server.RunAsync("inventory", "vms", "--source", "estate", "--csv", "--page", "2")).ExitCode.ShouldBe(2);
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    private static async Task FillAsync(RunningServer server)
    {
        await using var db = await server.DatabaseAsync();
        var source = new Source { Id = Guid.NewGuid(), Name = "estate", Url = "https://127.0.0.1:1", UserName = "u", ProtectedPassword = "lost", CreatedAt = DateTime.UnixEpoch };
        var plan = new Plan { Id = Guid.NewGuid(), Name = "first", SourceId = source.Id, Policy = "{}", CreatedAt = DateTime.UnixEpoch };
        db.AddRange(source, plan, new PlanVm { Id = Guid.NewGuid(), PlanId = plan.Id, VmKey = "vm-2", VmName = "rdm", Wave = 3, Concerns = "[]", Disks = "[]" });
        await db.SaveChangesAsync(Cancel);
        await server.Services.GetRequiredService<InventoryStore>().SaveAsync(source.Id, new SourceInventory
        {
            About = new SourceAbout("VMware vCenter Server 8.0.1", "VirtualCenter", "8.0.1.0", "uuid"),
            TakenAt = DateTime.UnixEpoch,
            Datastores = [new Datastore { Key = "ds-1", Name = "fast", Type = "VMFS" }, new Datastore { Key = "ds-2", Name = "slow", Type = "VMFS" }],
            Hosts = [new EsxHost { Key = "host-1", Name = "esx1", ClusterKey = "domain-c1" }, new EsxHost { Key = "host-2", Name = "esx2" }],
            Clusters = [new Cluster("domain-c1", "Prod, east", "dc-a", true, true, false)],
            Vms =
            [
                Of("vm-1", "=cmd|'/c calc'!A1", "dc-a", "host-1", "Debian GNU/Linux 12", GiB, "ds-1"),
                Of("vm-2", "rdm", "dc-b", "host-1", "Debian GNU/Linux 11", 2 * GiB, "ds-1", "ds-2") with
                {
                    Disks = [new VirtualDisk { Key = 2000, Label = "Hard disk 1", CapacityBytes = 8 * GiB, Backing = DiskBacking.RawDeviceMapping, RdmCompatibility = "physicalMode" }],
                },
                Of("vm-3", "web", "dc-b", "host-2", "Windows", 0, "ds-1"),
            ],
        }, Cancel);
    }

    private static Vm Of(string key, string name, string datacenter, string host, string guest, long used, params IReadOnlyList<string> datastores) => new()
    {
        Key = key,
        Name = name,
        PowerState = "poweredOff",
        Datacenter = datacenter,
        HostKey = host,
        Folder = "/a",
        GuestFullName = guest,
        CpuCount = 2,
        MemoryBytes = 4 * GiB,
        DatastoreKeys = datastores,
        Storage = new VmStorage { CommittedBytes = used },
        Disks = [new VirtualDisk { Key = 2000, Label = "Hard disk 1", CapacityBytes = 8 * GiB }],
    };

    private static async Task<IReadOnlyList<JsonElement>> JudgedAsync(RunningServer server, HttpClient http)
    {
        for (var end = DateTime.UtcNow.AddMinutes(5); ;)
        {
            var items = JsonDocument.Parse(await http.GetStringAsync("/api/v1/sources/estate/vms", Cancel)).RootElement.GetProperty("items").EnumerateArray().ToList();
            items.Count.ShouldBe(3);
            if (items.All(x => x.GetProperty("worst").GetString() != "Unjudged"))
            {
                return items;
            }

            if (DateTime.UtcNow > end)
            {
                Assert.Fail("Not judged within five minutes:\n" + server.Log);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), Cancel);
        }
    }

    private static async Task<IEnumerable<string>> KeysAsync(HttpClient http, string path) =>
        JsonDocument.Parse(await http.GetStringAsync(path, Cancel)).RootElement.GetProperty("items").EnumerateArray().Select(x => x.GetProperty("key").GetString()!).ToList();

    private static List<string> KeysOf(string csv) => [.. csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(x => x.Split(',')[0])];
}
