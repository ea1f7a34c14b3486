using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Migrate.Planner.Persistence;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Api.Tests.Pages;

/// <summary>A plan of all VMs that match a filter, by API, command and page; and what the page offers networks to become.</summary>
[UsesDatabase]
public sealed class NewPlanPageTests(RunningServer server)
{
    private const string EstateText = """
        { "datastores": [{ "name": "ds1" }], "networks": [{ "name": "VM Network" }],
          "vms": [{ "name": "new-web1", "datastore": "ds1", "power": "off", "disks": [{ "capacity": "2 MiB" }], "nics": [{ "network": "VM Network" }] },
                  { "name": "new-web2", "datastore": "ds1", "power": "off", "disks": [{ "capacity": "2 MiB" }], "nics": [{ "network": "VM Network" }] },
                  { "name": "new-db1", "datastore": "ds1", "power": "off", "disks": [{ "capacity": "2 MiB" }], "nics": [{ "network": "VM Network" }] }] }
        """;

    private const string Facts = """
        { "libvirt": "10.0.0", "qemu": "8.2.0", "cpuModel": "Skylake-Server", "cpus": 16, "numaNodes": 1, "memoryBytes": 137438953472, "uri": "test:///default", "hostName": "kvm", "ioUring": { "usable": true, "detail": "" }, "readAt": "2026-03-01T10:00:00Z",
          "nics": [{ "name": "new-br7", "kind": "bridge" }, { "name": "eth0", "kind": "physical" }],
          "networks": [{ "name": "new-storage", "active": true, "forward": "nat", "bridge": "virbr7" }] }
        """;

    private static readonly (string, string)[] Usual =
        [("host", "new-host"), ("mode", "Cold"), ("verify", "ReadBack"), ("bootTimeout", "300"), ("agentWait", "60"), ("observe", "30"), ("observeAtMost", "604800"), ("downtime", "300")];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_plan_is_made_of_all_that_match_as_many_as_were_confirmed()
    {
        await using var simulator = await SimulatorServer.StartAsync(EstateFile.Parse(EstateText), new SimulatorOptions(), Cancellation);
        (await server.RunWithAsync(new() { ["MIGRATE_PASSWORD"] = simulator.Password }, "source", "add", "new-vc", "--url", simulator.Url.ToString(), "--user", simulator.UserName, "--thumbprint", simulator.Thumbprint)).ExitCode.ShouldBe(0);
        (await server.RunAsync("inventory", "sync", "new-vc")).ExitCode.ShouldBe(0);
        await using (var db = await server.DatabaseAsync())
        {
            db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "new-host", Uri = "test:///default", DomainType = "kvm", Attachment = "backing", Facts = Facts });
            db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "new-unprobed", Uri = "test:///default", DomainType = "kvm", Attachment = "backing" });
            await db.SaveChangesAsync(Cancellation);
        }

        // By the API: names or a filter, and never another number than was confirmed.
        using var client = server.Client();
        object Asked(object? vms, object? matching, int? expected) =>
            new { name = "new-api", source = "new-vc", host = "new-host", vms, matching, expected, waves = new Dictionary<string, int> { ["new-web2"] = 2 }, policy = new { networks = new Dictionary<string, object> { ["VM Network"] = new { kind = "bridge", name = "new-br7" } } } };
        foreach (var unclear in new[] { Asked(null, null, null), Asked(new[] { "new-web1" }, new { filter = "new-web" }, 2), Asked(null, new { filter = "new-web" }, null), Asked(new[] { "new-web1" }, null, 1) })
        {
            using var refused = await client.PostAsJsonAsync("/api/v1/plans", unclear, Cancellation);
            refused.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
            (await refused.Content.ReadAsStringAsync(Cancellation)).ShouldContain("either VMs by name, or what they match together with the expected number");
        }

        using (var other = await client.PostAsJsonAsync("/api/v1/plans", Asked(null, new { filter = "new-web" }, 3), Cancellation))
        {
            other.StatusCode.ShouldBe(HttpStatusCode.Conflict);
            (await other.Content.ReadAsStringAsync(Cancellation)).ShouldContain("2 VMs match now; 3 did when it was confirmed.");
        }

        using (var made = await client.PostAsJsonAsync("/api/v1/plans", Asked(null, new { filter = "new-web" }, 2), Cancellation))
        {
            made.StatusCode.ShouldBe(HttpStatusCode.Created, await made.Content.ReadAsStringAsync(Cancellation));
        }

        (await VmsAsync("new-api")).ShouldBe(["new-web1 1", "new-web2 2"]);

        // By the command, which tells and confirms what matches when nobody says a number.
        var none = await server.RunAsync("plan", "create", "new-cli", "--source", "new-vc", "--host", "new-host", "--matching", "--filter", "no-such");
        none.ExitCode.ShouldBe(1);
        none.Error.ShouldContain("No VM came into plan 'new-cli': none matches.");
        (await server.RunAsync("plan", "create", "new-cli", "--source", "new-vc", "--host", "new-host")).ExitCode.ShouldBe(2, "neither names nor a filter");
        (await server.RunAsync("plan", "create", "new-cli", "--source", "new-vc", "--host", "new-host", "--matching", "--filter", "new-", "--expected", "2")).Error.ShouldContain("3 VMs match now; 2 did when it was confirmed.");
        var cli = await server.RunAsync("plan", "create", "new-cli", "--source", "new-vc", "--host", "new-host", "--matching", "--filter", "new-", "--planned", "false", "--network", "VM Network=bridge:new-br7");
        cli.ExitCode.ShouldBe(0, cli.Error);
        cli.Error.ShouldContain("1 VM of new-vc match.");
        (await VmsAsync("new-cli")).ShouldBe(["new-db1 1"]);

        // By the page, which shows the VMs and confirms the very set.
        using var browser = new Browser(server);
        const string Match = "/plans/new?source=new-vc&match=%3Ffilter%3Dnew-&host=new-host";
        var shown = await browser.PageAsync(Match);
        shown.ShouldContain("Make the plan with 3 VMs");
        shown.ShouldContain("<option value=\"bridge:new-br7\">");
        shown.ShouldContain("<option value=\"network:new-storage\">network new-storage (nat, virbr7)</option>");
        shown.ShouldNotContain("bridge:eth0");
        (await browser.PageAsync(Match.Replace("new-host", "new-unprobed", StringComparison.Ordinal))).ShouldContain("new-unprobed was not probed yet");
        using var late = await browser.SendFormAsync(
            shown.Replace("name=\"confirmed\" value=\"", "name=\"confirmed\" value=\"0", StringComparison.Ordinal), Match, "value=\"create\"", [.. Usual, .. Waves(shown), ("name", "new-page"), ("kind0", "bridge:new-br7")]);
        late.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        WebUtility.HtmlDecode(await late.Content.ReadAsStringAsync(Cancellation)).ShouldContain("but not the same ones");
        using var known = await browser.SendFormAsync(shown, Match, "value=\"create\"", [.. Usual, .. Waves(shown), ("name", "new-page"), ("kind0", "network:new-storage")]);
        known.Headers.Location?.ToString().ShouldEndWith("/plans/new-page?done=created", customMessage: await known.Content.ReadAsStringAsync(Cancellation));
        (await VmsAsync("new-page")).Count.ShouldBe(3);
        (await MappingAsync("new-page")).ShouldBe("network new-storage");
        using var typed = await browser.SendFormAsync(shown, Match, "value=\"create\"", [.. Usual, .. Waves(shown), ("name", "new-typed"), ("kind0", "bridge"), ("there0", "br-to-come")]);
        typed.Headers.Location?.ToString().ShouldEndWith("/plans/new-typed?done=created", customMessage: await typed.Content.ReadAsStringAsync(Cancellation));
        (await MappingAsync("new-typed")).ShouldBe("bridge br-to-come");
        (await browser.PageAsync("/plans/new?source=new-vc&match=%3Ffilter%3Dno-such")).ShouldContain("No VM matches any more");
    }

    private async Task<IReadOnlyList<string>> VmsAsync(string plan) =>
        [.. (await JsonAsync($"/api/v1/plans/{plan}/vms")).GetProperty("items").EnumerateArray().Select(x => $"{x.GetProperty("vm")} {x.GetProperty("wave")}")];

    private async Task<string> MappingAsync(string plan)
    {
        var mapping = (await JsonAsync($"/api/v1/plans/{plan}")).GetProperty("policy").GetProperty("networks").GetProperty("VM Network");
        return $"{mapping.GetProperty("kind")} {mapping.GetProperty("name")}";
    }

    private async Task<JsonElement> JsonAsync(string path)
    {
        using var client = server.Client();
        return JsonDocument.Parse(await client.GetStringAsync(path, Cancellation)).RootElement;
    }

    private static IEnumerable<(string, string)> Waves(string page) =>
        System.Text.RegularExpressions.Regex.Matches(page, "name=\"(wave-[^\"]+)\"").Select(x => (x.Groups[1].Value, "1"));
}
