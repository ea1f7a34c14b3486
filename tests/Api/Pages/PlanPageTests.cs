using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Migrate.Planner.Persistence;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Api.Tests.Pages;

public sealed class PlanPageTests(RunningServer server)
{
    private const string EstateText = """
        { "datastores": [{ "name": "ds1" }], "networks": [{ "name": "VM Network" }, { "name": "Late Network" }],
          "vms": [{ "name": "page-web", "datastore": "ds1", "power": "off", "disks": [{ "capacity": "2 MiB" }], "nics": [{ "network": "VM Network" }] },
                  { "name": "page-late", "datastore": "ds1", "power": "off", "disks": [{ "capacity": "2 MiB" }], "nics": [{ "network": "Late Network" }] },
                  { "name": "page-node", "datastore": "ds1", "power": "off", "disks": [{ "capacity": "2 MiB", "backing": "rdmPhysical" }], "nics": [{ "network": "VM Network" }] }] }
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_plan_is_made_of_chosen_VMs_and_says_the_same_as_the_API()
    {
        await using var simulator = await SimulatorServer.StartAsync(EstateFile.Parse(EstateText), new SimulatorOptions(), Cancellation);
        (await server.RunWithAsync(new() { ["MIGRATE_PASSWORD"] = simulator.Password }, "source", "add", "page-vc", "--url", simulator.Url.ToString(), "--user", simulator.UserName, "--thumbprint", simulator.Thumbprint)).ExitCode.ShouldBe(0);
        (await server.RunAsync("inventory", "sync", "page-vc")).ExitCode.ShouldBe(0);
        await using (var db = await server.DatabaseAsync())
        {
            db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "page-host", Uri = "test:///default", DomainType = "kvm", Attachment = "backing" });
            await db.SaveChangesAsync(Cancellation);
        }

        using var browser = new Browser(server);
        var keys = JsonDocument.Parse(await server.Client().GetStringAsync("/api/v1/sources/page-vc/vms", Cancellation)).RootElement.GetProperty("items").EnumerateArray()
            .ToDictionary(x => x.GetProperty("name").GetString()!, x => x.GetProperty("key").GetString()!);
        var create = $"/plans/new?source=page-vc&vm={keys["page-web"]}&vm={keys["page-node"]}";
        (await browser.PageAsync(create)).ShouldContain("Not mapped");

        (string, string)[] usual = [("host", "page-host"), ("mode", "Cold"), ("verify", "ReadBack"), ("bootTimeout", "300"), ("agentWait", "60"), ("observe", "30"), ("observeAtMost", "604800"), ("downtime", "300"), ("there0", "br0")];
        using var unmapped = await browser.SendAsync(create, "value=\"create\"", [.. usual, ("name", "page-plan"), ("kind0", ""), ($"wave-{keys["page-web"]}", "1"), ($"wave-{keys["page-node"]}", "2")]);
        unmapped.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await unmapped.Content.ReadAsStringAsync(Cancellation)).ShouldContain("plan.unmapped-network");
        using var wrong = await browser.SendAsync(create, "value=\"create\"", [.. usual, ("name", "not good"), ("kind0", "bridge"), ($"wave-{keys["page-web"]}", "x"), ($"wave-{keys["page-node"]}", "2")]);
        var told = await wrong.Content.ReadAsStringAsync(Cancellation);
        told.ShouldContain("the wave of page-web is a whole number");
        told.ShouldContain("<li>name: ");

        using var made = await browser.SendAsync(create, "value=\"create\"", [.. usual, ("name", "page-plan"), ("kind0", "bridge"), ($"wave-{keys["page-web"]}", "1"), ($"wave-{keys["page-node"]}", "2")]);
        made.StatusCode.ShouldBe(HttpStatusCode.Redirect, await made.Content.ReadAsStringAsync(Cancellation));
        var api = JsonDocument.Parse(await server.Client().GetStringAsync("/api/v1/plans/page-plan", Cancellation)).RootElement;
        api.GetProperty("policy").GetProperty("networks").GetProperty("VM Network").GetProperty("name").GetString().ShouldBe("br0");
        var page = await browser.PageAsync("/plans/page-plan");
        page.ShouldContain($"<dt>Warnings</dt><dd>{api.GetProperty("plan").GetProperty("warnings").GetInt32()}</dd>");
        page.ShouldContain($"<dt>Blocked</dt><dd>{api.GetProperty("blockedVms").GetArrayLength()} ");
        page.ShouldContain("Start wave 2");

        // Checked by trying: the form comes back at once, and the page tells the end.
        using var begun = await browser.SendAsync("/plans/page-plan", "value=\"check\"");
        begun.StatusCode.ShouldBe(HttpStatusCode.Redirect, await begun.Content.ReadAsStringAsync(Cancellation));
        begun.Headers.Location!.ToString().ShouldContain("/plans/page-plan?operation=");
        (await browser.ShouldComeToSayAsync(new Uri(server.Url, begun.Headers.Location).PathAndQuery, "The check is through.")).ShouldContain("<h2>Last check</h2>");

        using var refused = await browser.SendAsync("/plans/page-plan", "value=\"start2\"");
        refused.StatusCode.ShouldBe(HttpStatusCode.Conflict, "a raw device mapping blocks");
        (await refused.Content.ReadAsStringAsync(Cancellation)).ShouldContain("disk.rdm");
        (await browser.PageAsync("/reports")).ShouldContain("/api/v1/plans/page-plan/reports/readiness.pdf");
        var designed = JsonDocument.Parse(await server.Client().GetStringAsync("/api/v1/plans/page-plan/vms/page-web/domain", Cancellation)).RootElement;
        var vm = WebUtility.HtmlDecode(await browser.PageAsync($"/inventory/page-vc/{keys["page-web"]}"));
        vm.ShouldContain(designed.GetProperty("xml").GetString()!);
        foreach (var reason in designed.GetProperty("reasons").EnumerateArray())
        {
            vm.ShouldContain($"<code>{reason.GetProperty("element").GetString()}</code></td><td><code>{reason.GetProperty("value").GetString()}</code>");
        }

        Regex.Replace(Regex.Replace(vm, "<[^>]*>", ""), "\\s+", " ").ShouldContain("as a script for libvirt, Proxmox VE or TrueNAS");
        var memory = JsonDocument.Parse(await server.Client().GetStringAsync($"/api/v1/sources/page-vc/vms/{keys["page-web"]}", Cancellation)).RootElement.GetProperty("vm").GetProperty("memoryBytes").GetInt64();
        Regex.Match(vm, "<code>memory</code></td><td><code>[^<]*</code></td><td><code>([^<]*)</code>").Groups[1].Value.ShouldBe(Text.Bytes(memory), "what the source has stands beside what the domain gets");

        (await browser.PageAsync("/plans/page-plan/waves")).ShouldContain("Waves were not planned yet");

        // From the inventory into the plan that there is, and out again.
        (await browser.PageAsync("/inventory?source=page-vc")).ShouldContain("formaction=\"/inventory/to-plan\"");
        var toPlan = $"/inventory/to-plan?source=page-vc&plan=page-plan&vm={keys["page-late"]}";
        (await browser.PageAsync(toPlan)).ShouldContain("Networks that the plan does not map yet");
        using var lacking = await browser.SendAsync(toPlan, "value=\"add\"", ("kind0", ""), ("wave", "2"));
        lacking.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var reasons = WebUtility.HtmlDecode(await lacking.Content.ReadAsStringAsync(Cancellation));
        reasons.ShouldContain("The plan was not changed: 1 problem.");
        reasons.ShouldContain("Network 'Late Network' is not mapped");
        reasons.ShouldContain("name=\"wave\" type=\"number\" value=\"2\"", customMessage: "what was typed stays");
        using var added = await browser.SendAsync(toPlan, "value=\"add\"", ("kind0", "bridge"), ("there0", "br9"), ("wave", "2"));
        added.Headers.Location!.ToString().ShouldEndWith("/plans/page-plan?done=added");
        var names = JsonDocument.Parse(await server.Client().GetStringAsync("/api/v1/plans/page-plan/vms?wave=2", Cancellation)).RootElement.GetProperty("items").EnumerateArray().Select(x => x.GetProperty("vm").GetString());
        names.ShouldBe(["page-node", "page-late"]);
        using var takenOut = await browser.SendAsync("/plans/page-plan", $"value=\"take-out-{keys["page-late"]}\"");
        takenOut.Headers.Location!.ToString().ShouldEndWith("/plans/page-plan?done=taken-out");
        JsonDocument.Parse(await server.Client().GetStringAsync("/api/v1/plans/page-plan", Cancellation)).RootElement.GetProperty("plan").GetProperty("vmCount").GetInt32().ShouldBe(2);

        // All that match, as many as were confirmed and no others.
        const string Match = "/inventory/to-plan?source=page-vc&plan=page-plan&match=%3Ffilter%3Dpage-";
        var confirming = WebUtility.HtmlDecode(await browser.PageAsync(Match));
        confirming.ShouldContain("3 VMs of page-vc match, of which the plan has 2 already");
        confirming.ShouldContain("Add 1 VM to page-plan");
        var shown = await browser.PageAsync(Match);
        using var early = await browser.SendFormAsync(shown.Replace("name=\"confirmed-count\" value=\"3\"", "name=\"confirmed-count\" value=\"9\"", StringComparison.Ordinal).Replace("name=\"confirmed\" value=\"", "name=\"confirmed\" value=\"0", StringComparison.Ordinal), Match, "value=\"add\"", ("kind0", "bridge"), ("there0", "br9"), ("wave", "3"));
        early.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        WebUtility.HtmlDecode(await early.Content.ReadAsStringAsync(Cancellation)).ShouldContain("3 VMs match now; 9 did when it was confirmed.");
        using var matched = await browser.SendFormAsync(shown, Match, "value=\"add\"", ("kind0", "bridge"), ("there0", "br9"), ("wave", "3"));
        matched.Headers.Location!.ToString().ShouldEndWith("/plans/page-plan?done=added", customMessage: await matched.Content.ReadAsStringAsync(Cancellation));
        WebUtility.HtmlDecode(await browser.PageAsync(Match)).ShouldContain("page-plan has all that match");
        await server.AddRunAsync("page-elsewhere", (_, _, x) => (x.Phase, x.ResumePhase) = (Planner.Persistence.RunPhase.RolledBack, Planner.Persistence.RunPhase.Seeding));
        using var elsewhere = await browser.GetAsync(Match.Replace("page-vc", "page-elsewhere", StringComparison.Ordinal));
        elsewhere.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity, "keys of its VMs may be others' there");
        WebUtility.HtmlDecode(await elsewhere.Content.ReadAsStringAsync(Cancellation)).ShouldContain("Plan 'page-plan' moves VMs of source 'page-vc', not of 'page-elsewhere'.");
        var everyone = await server.RunAsync("plan", "add", "page-plan", "--matching", "--filter", "page-");
        everyone.ExitCode.ShouldBe(1);
        everyone.Error.ShouldContain("it has all that match");
        (await server.RunAsync("plan", "add", "page-plan", "--matching", "--filter", "page-", "--expected", "2")).Error.ShouldContain("3 VMs match now; 2 did when it was confirmed.");
        (await server.RunAsync("plan", "remove-vm", "page-plan", "page-late", "--yes")).ExitCode.ShouldBe(0);
        var late = await server.RunAsync("plan", "add", "page-plan", "--matching", "--filter", "page-", "--in-wave", "2", "--wave", "2");
        late.ExitCode.ShouldBe(1, "the only one of wave 2 is in the plan");
        late = await server.RunAsync("plan", "add", "page-plan", "--matching", "--planned", "false", "--filter", "page-l", "--wave", "2");
        late.ExitCode.ShouldBe(0, late.Error);
        late.Error.ShouldContain("1 VM of page-vc match");
        late.Error.ShouldContain("1 VM came into wave 2 of plan page-plan.");
        (await server.RunAsync("plan", "add", "page-plan")).ExitCode.ShouldBe(2);

        using var removed = await browser.SendAsync("/plans/page-plan", "value=\"remove\"", ("confirm", "page-plan"));
        removed.Headers.Location!.ToString().ShouldEndWith("/plans?done=removed");
        using var gone = await browser.GetAsync("/plans/page-plan");
        gone.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task What_stands_against_a_VMs_move_is_the_same_on_its_page_and_in_its_plan()
    {
        await using var simulator = await SimulatorServer.StartAsync(
            EstateFile.Parse("""
                { "datastores": [{ "name": "ds1" }], "networks": [{ "name": "VM Network" }],
                  "vms": [{ "name": "page-judged", "datastore": "ds1", "power": "on", "disks": [{ "capacity": "2 MiB" }], "nics": [{ "network": "VM Network" }] }] }
                """),
            new SimulatorOptions(),
            Cancellation);
        (await server.RunWithAsync(new() { ["MIGRATE_PASSWORD"] = simulator.Password }, "source", "add", "page-judge", "--url", simulator.Url.ToString(), "--user", simulator.UserName, "--thumbprint", simulator.Thumbprint)).ExitCode.ShouldBe(0);
        (await server.RunAsync("inventory", "sync", "page-judge")).ExitCode.ShouldBe(0);
        await using (var db = await server.DatabaseAsync())
        {
            db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "page-judge-host", Uri = "test:///default", DomainType = "kvm", Attachment = "backing" });
            await db.SaveChangesAsync(Cancellation);
        }

        using var browser = new Browser(server);
        var key = JsonDocument.Parse(await server.Client().GetStringAsync("/api/v1/sources/page-judge/vms", Cancellation)).RootElement.GetProperty("items")[0].GetProperty("key").GetString()!;
        var path = $"/inventory/page-judge/{key}";
        var alone = await browser.PageAsync(path);
        alone.ShouldContain("without a plan");
        alone.ShouldContain("Running VM in a cold plan");
        alone.ShouldContain("1 critical");

        var create = $"/plans/new?source=page-judge&vm={key}";
        using var made = await browser.SendAsync(
            create, "value=\"create\"", ("host", "page-judge-host"), ("mode", "Cold"), ("verify", "ReadBack"), ("bootTimeout", "300"), ("agentWait", "60"), ("observe", "30"), ("observeAtMost", "604800"), ("downtime", "300"), ("there0", "br0"),
            ("shutDown", "yes"), ("name", "page-judged-plan"), ("kind0", "bridge"), ($"wave-{key}", "1"));
        made.StatusCode.ShouldBe(HttpStatusCode.Redirect, await made.Content.ReadAsStringAsync(Cancellation));
        var judged = JsonDocument.Parse(await server.Client().GetStringAsync("/api/v1/concerns?plan=page-judged-plan", Cancellation)).RootElement.GetProperty("items")[0].GetProperty("concerns");
        var page = WebUtility.HtmlDecode(await browser.PageAsync(path));
        page.ShouldContain("<a href=\"/plans/page-judged-plan\">plan page-judged-plan</a>");
        page.ShouldNotContain("without a plan");
        var concerns = page[page.IndexOf("<h2>Concerns</h2>", StringComparison.Ordinal)..page.IndexOf("<h2>Disks</h2>", StringComparison.Ordinal)];
        concerns.ShouldNotContain(" critical", customMessage: "its plan lets the run shut it down");
        judged.GetArrayLength().ShouldBeGreaterThan(0);
        foreach (var concern in judged.EnumerateArray())
        {
            concerns.ShouldContain(concern.GetProperty("assessment").GetString()!);
        }

        var ofPlan = await browser.PageAsync("/plans/page-judged-plan");
        Badges(ofPlan[ofPlan.IndexOf($"<a href=\"{path}\">", StringComparison.Ordinal)..]).ShouldBe(Badges(concerns), "the plan counts what the VM's page counts");
    }

    /// <summary>The first row of badges: how many concerns of each kind.</summary>
    private static string Badges(string html)
    {
        var begin = html.IndexOf("<span class=\"badges\">", StringComparison.Ordinal);
        var text = Regex.Replace(html[begin..html.IndexOf("for information", begin, StringComparison.Ordinal)], "<svg.*?</svg>|<[^>]*>|\\s+", " ");
        return Regex.Replace(text, "\\s+", " ").Trim();
    }
}
