using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Api.Security.Keys;
using Migrate.Api.Tests.Pages;
using Migrate.Planner.Persistence;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Api.Tests.Plans;

/// <summary>A plan's mappings by the API, by commands and on their page: the same of all three.</summary>
public sealed partial class PlanMappingTests(RunningServer server)
{
    private const string EstateText = """
        { "datastores": [{ "name": "fast" }, { "name": "slow" }],
          "networks": [{ "name": "VM Network" }, { "name": "DB Network", "switch": "dvs1", "vlan": 42 }, { "name": "Old = Network" }],
          "vms": [{ "name": "web01", "datastore": "fast", "power": "off", "disks": [{ "capacity": "2 MiB" }, { "capacity": "3 MiB" }], "nics": [{ "network": "VM Network" }] },
                  { "name": "db01", "datastore": "slow", "power": "off", "disks": [{ "capacity": "4 MiB" }], "nics": [{ "network": "VM Network" }, { "network": "DB Network" }] },
                  { "name": "old01", "datastore": "slow", "power": "off", "disks": [{ "capacity": "4 MiB" }], "nics": [{ "network": "Old = Network" }] }] }
        """;

    private const string Facts = """
        { "libvirt": "10.0.0", "qemu": "8.2.0", "cpuModel": "Skylake-Server", "cpus": 16, "numaNodes": 1, "memoryBytes": 137438953472, "uri": "test:///default", "hostName": "kvm", "ioUring": { "usable": true, "detail": "" }, "readAt": "2026-03-01T10:00:00Z",
          "nics": [{ "name": "eth0", "kind": "physical" }, { "name": "br0", "kind": "bridge" }, { "name": "br1", "kind": "bridge" }],
          "networks": [{ "name": "storage", "active": false, "forward": "nat", "bridge": "virbr7" }] }
        """;

    private readonly string _name = "map-" + Guid.NewGuid().ToString("N")[..8];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Path => $"/api/v1/plans/{_name}/mappings";

    [Fact]
    public async Task They_are_shown_and_changed_by_what_was_seen()
    {
        await PlanAsync();
        using var client = server.Client();
        using var seen = await client.GetAsync(Path, Cancellation);
        var tag = seen.Headers.ETag!;
        var shown = JsonDocument.Parse(await seen.Content.ReadAsStringAsync(Cancellation)).RootElement;
        shown.GetProperty("plan").GetString().ShouldBe(_name);
        shown.GetProperty("networks").EnumerateArray().Select(x => $"{x.GetProperty("network")} {x.GetProperty("vms")} {x.GetProperty("cards")} {x.GetProperty("target").GetProperty("name")} {x.GetProperty("isThere")} {x.GetProperty("vlans")}")
            .ShouldBe(["DB Network 1 1 br1 True [\"42\"]", "VM Network 2 2 br0 True []"]);
        shown.GetProperty("datastores").EnumerateArray().Select(x => $"{x.GetProperty("datastore")} {x.GetProperty("vms")} {x.GetProperty("disks")} {x.GetProperty("capacityBytes")}").ShouldBe(["fast 1 2 5242880", "slow 1 1 4194304"]);
        var there = shown.GetProperty("targets");
        (there.GetProperty("host").GetString(), there.GetProperty("attachment").GetString()).ShouldBe((_name, "backing"));
        there.GetProperty("bridges").EnumerateArray().Select(x => x.GetString()).ShouldBe(["br0", "br1"]);
        there.GetProperty("networks")[0].GetProperty("name").GetString().ShouldBe("storage");
        there.GetProperty("freeBytes").GetInt64().ShouldBeGreaterThan(0, "the target is in this process");

        using var changed = await PatchAsync(client, new { networks = new Dictionary<string, object> { ["VM Network"] = new { kind = "network", name = "storage" } } }, tag);
        changed.StatusCode.ShouldBe(HttpStatusCode.OK, await changed.Content.ReadAsStringAsync(Cancellation));
        var answer = JsonDocument.Parse(await changed.Content.ReadAsStringAsync(Cancellation)).RootElement;
        answer.GetProperty("changed").GetArrayLength().ShouldBe(1);
        answer.GetProperty("changed")[0].GetProperty("from").GetProperty("name").GetString().ShouldBe("br0");
        answer.GetProperty("mappings").GetProperty("networks")[1].GetProperty("target").GetProperty("kind").GetString().ShouldBe("network");

        // Somebody else decides by what was there before.
        using var late = await PatchAsync(client, new { networks = new Dictionary<string, object> { ["VM Network"] = new { kind = "bridge", name = "br1" } } }, tag);
        late.StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);
        (await MappingAsync("VM Network")).ShouldBe("network storage");
        using var plan = await client.GetAsync($"/api/v1/plans/{_name}", Cancellation);
        plan.Headers.ETag.ShouldNotBe(tag, "it is the plan that changed");
        using var again = await PatchAsync(client, new { networks = new Dictionary<string, object> { ["VM Network"] = new { kind = "bridge", name = "br1" } } }, plan.Headers.ETag);
        again.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_refusal_has_all_that_is_wrong_and_is_on_the_log_as_what_was_done_is()
    {
        await PlanAsync();
        using var client = server.Client();
        using var refused = await PatchAsync(client, new
        {
            networks = new Dictionary<string, object> { ["VM Network"] = new { kind = "bridge", name = "br9" }, ["VM Netwrk"] = new { kind = "bridge", name = "br0" } },
            forget = new[] { "DB Network" },
            reason = "change 4711 of March",
        });
        refused.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var problem = JsonDocument.Parse(await refused.Content.ReadAsStringAsync(Cancellation)).RootElement;
        problem.GetProperty("title").GetString().ShouldBe("The plan was not changed: 3 problems.");
        var errors = problem.GetProperty("errors").EnumerateArray().Select(x => x.GetString()!).ToList();
        errors.ShouldContain(x => x.Contains("has none of that name (probed 2026-03-01", StringComparison.Ordinal) && x.Contains("It has br0, br1.", StringComparison.Ordinal) && x.EndsWith("(plan.host-without-network)", StringComparison.Ordinal));
        errors.ShouldContain(x => x.Contains("Did you mean 'VM Network'?", StringComparison.Ordinal));
        errors.ShouldContain(x => x.Contains("'db01' use it", StringComparison.Ordinal));
        using var nothing = await PatchAsync(client, new { networks = new Dictionary<string, object?> { ["VM Network"] = null } });
        nothing.StatusCode.ShouldBeOneOf(HttpStatusCode.BadRequest, HttpStatusCode.UnprocessableEntity);

        using var done = await PatchAsync(client, new { networks = new Dictionary<string, object> { ["VM Network"] = new { kind = "none", name = "" } }, reason = "change 4711 of March" });
        done.StatusCode.ShouldBe(HttpStatusCode.OK);
        await using var db = await server.DatabaseAsync();
        var lines = await db.Audit.AsNoTracking().Where(x => x.Target == $"plans/{_name}/mappings" && x.Kind == "answered").OrderBy(x => x.Sequence).ToListAsync(Cancellation);
        lines.Select(x => (x.Action, x.Outcome, x.Reason)).Where(x => x.Reason.Length > 0)
            .ShouldBe([("ChangePlanMappings", "422 plan.refused", "change 4711 of March"), ("ChangePlanMappings", "200", "change 4711 of March")]);
    }

    [Fact]
    public async Task An_operator_sends_no_VM_into_another_network_that_goes_down_by_itself_and_a_viewer_changes_nothing()
    {
        await PlanAsync();
        await RunAsync(run => run.Phase = RunPhase.Seeding);
        object change = new { networks = new Dictionary<string, object> { ["VM Network"] = new { kind = "bridge", name = "br1" } }, reason = "change 4711 of March" };
        using var viewer = server.Client(await KeyAsync(Role.Viewer));
        (await viewer.GetAsync(Path, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await PatchAsync(viewer, change)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var @operator = server.Client(await KeyAsync(Role.Operator));
        using var refused = await PatchAsync(@operator, change);
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await refused.Content.ReadAsStringAsync(Cancellation)).ShouldContain("plan.mappings.role-missing");
        (await MappingAsync("VM Network")).ShouldBe("bridge br0");
        using var approver = server.Client(await KeyAsync(Role.Approver));
        using var done = await PatchAsync(approver, change);
        done.StatusCode.ShouldBe(HttpStatusCode.OK);
        JsonDocument.Parse(await done.Content.ReadAsStringAsync(Cancellation)).RootElement.GetProperty("runs")[0].GetString().ShouldBe("web01");
    }

    [Fact]
    public async Task Commands_show_and_set_them()
    {
        await PlanAsync();
        var shown = await server.RunAsync("plan", "mappings", "show", _name);
        shown.ExitCode.ShouldBe(0, shown.Error);
        shown.Out.ShouldContain("VM Network");
        shown.Out.ShouldContain("Networks of libvirt: storage (not running)");
        Lines(shown.Out, "DB Network").ShouldContain("42");

        var dry = await server.RunAsync("plan", "mappings", "set", _name, "--network", "VM Network=bridge:br1", "--dry-run");
        dry.ExitCode.ShouldBe(0, dry.Error);
        (await MappingAsync("VM Network")).ShouldBe("bridge br0");

        var set = await server.RunAsync("plan", "mappings", "set", _name, "--network", "VM Network=bridge:br1", "--network", "Old = Network=user", "--reason", "change 4711");
        set.ExitCode.ShouldBe(0, set.Error);
        set.Error.ShouldContain("'VM Network' becomes bridge br1; it was bridge br0. 2 VMs of the plan use it.");
        (await MappingAsync("VM Network")).ShouldBe("bridge br1");
        var forgotten = await server.RunAsync("plan", "mappings", "set", _name, "--forget", "Old = Network", "--json");
        forgotten.ExitCode.ShouldBe(0, forgotten.Error);
        JsonDocument.Parse(forgotten.Out).RootElement.GetProperty("changed")[0].GetProperty("to").ValueKind.ShouldBe(JsonValueKind.Null);

        await RunAsync(run => (run.Phase, run.Approval) = (RunPhase.Ready, """{"by":"ana","at":"2026-03-01T10:00:00Z","reason":"looked at it"}"""));
        var bare = await server.RunAsync("plan", "mappings", "set", _name, "--network", "VM Network=bridge:br0", "--network", "DB Network=bridge:br7");
        bare.ExitCode.ShouldBe(1);
        bare.Error.ShouldContain("plan.mapping-reason");
        bare.Error.ShouldContain("plan.host-without-network");
        var with = await server.RunAsync("plan", "mappings", "set", _name, "--network", "VM Network=bridge:br0", "--reason", "change 4711");
        with.ExitCode.ShouldBe(0, with.Error);
        with.Error.ShouldContain("what was approved for that no longer holds: web01.");
        await using var db = await server.DatabaseAsync();
        (await db.Runs.AsNoTracking().SingleAsync(x => db.Plans.Any(plan => plan.Id == x.PlanId && plan.Name == _name), Cancellation)).Approval.ShouldBeNull();
    }

    [Fact]
    public async Task The_page_has_what_the_API_has_and_does_the_same()
    {
        await PlanAsync();
        using var browser = new Browser(server);
        var page = $"/plans/{_name}/mappings";
        (await browser.PageAsync($"/plans/{_name}")).ShouldContain($"href=\"{page}\"");
        var html = WebUtility.HtmlDecode(await browser.PageAsync(page));
        Rows(html).ShouldBe([("DB Network", "bridge:br1"), ("VM Network", "bridge:br0")]);
        html.ShouldContain("<option value=\"network:storage\">network storage (nat, virbr7, not running)</option>");
        html.ShouldContain("switch dvs1, VLAN 42");
        html.ShouldNotContain("Not mapped");

        // Nobody sends what the page does not offer but by hand; all that is wrong stands there, and what was chosen stays.
        using var wrong = await browser.SendAsync(page, "value=\"mappings\"", ("target0", "bridge:br9"), ("target1", "network:gone"), ("reason", "why not"));
        wrong.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var refused = WebUtility.HtmlDecode(await wrong.Content.ReadAsStringAsync(Cancellation));
        refused.ShouldContain("The plan was not changed: 2 problems.");
        refused.ShouldContain("<li>DB Network: Network 'DB Network' is mapped to the bridge 'br9'");
        refused.ShouldContain("<li>VM Network: ");
        refused.ShouldContain("name=\"reason\" value=\"why not\"");

        var old = await browser.PageAsync(page);
        using var done = await browser.SendAsync(page, "value=\"mappings\"", ("target0", "bridge:br1"), ("target1", "network:storage"));
        done.Headers.Location!.ToString().ShouldEndWith($"{page}?done=mapped");
        var saved = await browser.PageAsync($"{page}?done=mapped");
        saved.ShouldContain("The mappings are saved.");
        saved.ShouldContain("Not running there", customMessage: "libvirt would start no domain on it");
        (await MappingAsync("VM Network")).ShouldBe("network storage");
        (await MappingAsync("DB Network")).ShouldBe("bridge br1");
        using var same = await browser.SendAsync(page, "value=\"mappings\"", ("target0", "bridge:br1"), ("target1", "network:storage"));
        same.Headers.Location!.ToString().ShouldEndWith($"{page}?done=same");
        using var late = await browser.SendFormAsync(old, page, "value=\"mappings\"", ("target0", "bridge:br1"), ("target1", "none:"));
        late.StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);
        (await late.Content.ReadAsStringAsync(Cancellation)).ShouldContain($"(plans/{_name}/mappings)", customMessage: "what somebody else did is told");
        (await MappingAsync("VM Network")).ShouldBe("network storage");
    }

    [Fact]
    public async Task A_network_that_a_VM_has_come_to_since_stands_first_with_its_warning_and_is_mapped_by_hand_where_the_host_was_not_asked()
    {
        await PlanAsync(facts: "{}", andThen: simulator => simulator.Changes.RenameNetwork("DB Network", "Data Network"));
        using var browser = new Browser(server);
        var page = $"/plans/{_name}/mappings";
        var html = WebUtility.HtmlDecode(await browser.PageAsync(page));
        Rows(html).ShouldBe([("Data Network", ""), ("DB Network", "bridge"), ("VM Network", "bridge")], "the old name is what the plan was made by");
        html.ShouldContain("1 network is not mapped");
        Regex.Count(html, "Not mapped</span>").ShouldBe(1);
        using var wrong = await browser.SendAsync(page, "value=\"mappings\"", ("target0", "bridge"), ("there0", ""), ("target1", "bridge"), ("there1", "br1"), ("target2", "bridge"), ("there2", "br0"));
        (await wrong.Content.ReadAsStringAsync(Cancellation)).ShouldContain("plan.network-without-name");
        using var done = await browser.SendAsync(page, "value=\"mappings\"", ("target0", "bridge"), ("there0", "br5"), ("target1", "bridge"), ("there1", "br1"), ("target2", "bridge"), ("there2", "br0"));
        done.StatusCode.ShouldBe(HttpStatusCode.Redirect, await done.Content.ReadAsStringAsync(Cancellation));
        (await MappingAsync("Data Network")).ShouldBe("bridge br5");
        var mapped = WebUtility.HtmlDecode(await browser.PageAsync(page));
        mapped.ShouldNotContain("not mapped", Case.Insensitive);
        Rows(mapped).ShouldBe([("Data Network", "bridge"), ("DB Network", "bridge"), ("VM Network", "bridge")]);

        // With the VM its networks' mappings become superfluous, and can be taken out.
        (await server.RunAsync("plan", "remove-vm", _name, "db01")).ExitCode.ShouldBe(0);
        var left = WebUtility.HtmlDecode(await browser.PageAsync(page));
        Rows(left).Select(x => x.Network).ShouldBe(["VM Network", "Data Network", "DB Network"]);
        left.ShouldContain("no VM of the plan");
        using var forgotten = await browser.SendAsync(page, "value=\"mappings\"", ("target0", "bridge"), ("there0", "br0"), ("target1", "forget"), ("target2", "forget"));
        forgotten.StatusCode.ShouldBe(HttpStatusCode.Redirect, await forgotten.Content.ReadAsStringAsync(Cancellation));
        Rows(WebUtility.HtmlDecode(await browser.PageAsync(page))).Select(x => x.Network).ShouldBe(["VM Network"]);
    }

    [Fact]
    public async Task Whoever_only_looks_sees_no_form_and_what_a_run_holds_cannot_be_chosen()
    {
        await PlanAsync();
        await RunAsync(run => run.Phase = RunPhase.CuttingOver);
        using var browser = new Browser(server);
        var html = WebUtility.HtmlDecode(await browser.PageAsync($"/plans/{_name}/mappings"));
        Rows(html).Select(x => x.Network).ShouldBe(["DB Network"], "web01 is cut over, and is not on that one");
        html.ShouldContain("'web01' is past the begin of its cutover (CuttingOver)");

        using var viewer = server.Client(await KeyAsync(Role.Viewer));
        viewer.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        var read = await viewer.GetStringAsync($"/plans/{_name}/mappings", Cancellation);
        read.ShouldContain("bridge br1");
        read.ShouldNotContain("<select");
        read.ShouldNotContain("Save mappings");
    }

    [Fact]
    public async Task Approved_times_fall_with_the_mapping_and_come_back_by_another_approval()
    {
        await PlanAsync();
        var rules = System.IO.Path.Combine(server.Directory, _name + ".json");
        await File.WriteAllTextAsync(rules, """{ "start": "2031-03-03T06:00:00Z", "days": 20, "windows": [{ "name": "nights", "opens": ["daily 22:00-02:00"], "timeZone": "UTC" }] }""", Cancellation);
        var planned = await server.RunAsync("wave", "plan", _name, "--rules", rules);
        planned.ExitCode.ShouldBe(0, planned.Error);
        var word = await server.RunAsync("wave", "approve", _name, "--version", "1", "--reason", "change board");
        word.ExitCode.ShouldBe(0, word.Error);
        var approved = await TimesAsync();
        approved.Values.ShouldAllBe(x => x.Wave > 0 && x.CutOverAt != null);

        var bare = await server.RunAsync("plan", "mappings", "set", _name, "--network", "DB Network=bridge:br0");
        bare.Error.ShouldContain("plan.mapping-reason");
        var set = await server.RunAsync("plan", "mappings", "set", _name, "--network", "DB Network=bridge:br0", "--reason", "change 4711");
        set.ExitCode.ShouldBe(0, set.Error);
        set.Error.ShouldContain("1 VM lost the times that were approved, and is in no wave: approve version 1 of the waves again");
        var fallen = await TimesAsync();
        fallen["db01"].ShouldBe((0, null));
        fallen["web01"].ShouldBe(approved["web01"], "it is not on that network");
        (await server.RunAsync("wave", "start", _name, "--wave", "0")).ExitCode.ShouldNotBe(0);

        using var browser = new Browser(server);
        var waves = await browser.PageAsync($"/plans/{_name}/waves");
        waves.ShouldContain("1 VM lost the times that were approved");
        waves.ShouldContain("What their networks become was changed since: db01.");
        using var again = await browser.SendAsync($"/plans/{_name}/waves", "value=\"approve\"", ("reason", "the same times with the new bridge"));
        again.StatusCode.ShouldBe(HttpStatusCode.Redirect, await again.Content.ReadAsStringAsync(Cancellation));
        (await TimesAsync()).ShouldBe(approved, ignoreOrder: true);
        (await browser.PageAsync($"/plans/{_name}/waves")).ShouldNotContain("value=\"approve\"");
    }

    private static List<(string Network, string Target)> Rows(string html) => [.. Row().Matches(html).Select(row => (row.Groups[1].Value, Chosen().Match(row.Value) is { Success: true } chosen ? chosen.Groups[1].Value : ""))];

    private static string Lines(string text, string with) => string.Join('\n', text.Split('\n').Where(x => x.Contains(with, StringComparison.Ordinal)));

    private async Task<string> MappingAsync(string network)
    {
        using var client = server.Client();
        var target = JsonDocument.Parse(await client.GetStringAsync($"/api/v1/plans/{_name}", Cancellation)).RootElement.GetProperty("policy").GetProperty("networks").GetProperty(network);
        return $"{target.GetProperty("kind").GetString()} {target.GetProperty("name").GetString()}";
    }

    private async Task<Dictionary<string, (int Wave, DateTime? CutOverAt)>> TimesAsync()
    {
        await using var db = await server.DatabaseAsync();
        var vms = await db.PlanVms.AsNoTracking().Where(x => db.Plans.Any(plan => plan.Id == x.PlanId && plan.Name == _name)).ToListAsync(Cancellation);
        return vms.ToDictionary(x => x.VmName, x => (x.Wave, x.CutOverAt));
    }

    private async Task<HttpResponseMessage> PatchAsync(HttpClient client, object change, EntityTagHeaderValue? seen = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, Path) { Content = JsonContent.Create(change) };
        if (seen is not null)
        {
            request.Headers.IfMatch.Add(seen);
        }

        return await client.SendAsync(request, Cancellation);
    }

    private async Task<string> KeyAsync(Role role) =>
        (await server.Services.GetRequiredService<ApiKeys>().CreateAsync($"{_name}-{role}", role, TimeSpan.FromDays(1), [], [], "test", Cancellation)).Secret;

    private async Task RunAsync(Action<Run> change)
    {
        await using var db = await server.DatabaseAsync();
        var vm = await db.PlanVms.SingleAsync(x => x.VmName == "web01" && db.Plans.Any(plan => plan.Id == x.PlanId && plan.Name == _name), Cancellation);
        // Due in years: nobody works on it.
        var run = new Run { Id = Guid.NewGuid(), PlanId = vm.PlanId, PlanVmId = vm.Id, VmKey = vm.VmKey, VmName = vm.VmName, Wave = 1, CreatedAt = DateTime.UtcNow, DueAt = DateTime.UtcNow.AddYears(5) };
        change(run);
        db.Runs.Add(run);
        await db.SaveChangesAsync(Cancellation);
    }

    private async Task PlanAsync(string facts = Facts, Action<SimulatorServer>? andThen = null)
    {
        await using var simulator = await SimulatorServer.StartAsync(EstateFile.Parse(EstateText), new SimulatorOptions(), Cancellation);
        (await server.RunWithAsync(new() { ["MIGRATE_PASSWORD"] = simulator.Password }, "source", "add", _name, "--url", simulator.Url.ToString(), "--user", simulator.UserName, "--thumbprint", simulator.Thumbprint)).ExitCode.ShouldBe(0);
        (await server.RunAsync("inventory", "sync", _name)).ExitCode.ShouldBe(0);
        await using (var db = await server.DatabaseAsync())
        {
            db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = _name, Uri = "test:///default", DomainType = "kvm", Attachment = "backing", Facts = facts });
            await db.SaveChangesAsync(Cancellation);
        }

        var made = await server.RunAsync("plan", "create", _name, "--source", _name, "--host", _name, "--vm", "web01", "--vm", "db01", "--network", "VM Network=bridge:br0", "--network", "DB Network=bridge:br1");
        made.ExitCode.ShouldBe(0, made.Error);
        if (andThen is not null)
        {
            andThen(simulator);
            (await server.RunAsync("inventory", "sync", _name)).ExitCode.ShouldBe(0);
        }
    }

    [GeneratedRegex("<input type=\"hidden\" name=\"network\\d+\" value=\"([^\"]*)\" ?/?>.*?</select>", RegexOptions.Singleline)]
    private static partial Regex Row();

    [GeneratedRegex("<option value=\"([^\"]*)\" selected")]
    private static partial Regex Chosen();
}
