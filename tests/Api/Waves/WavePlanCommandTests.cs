using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Executor.Destinations;
using Migrate.Planner.Persistence;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Api.Tests.Waves;

/// <summary>Waves from rules to a calendar, by the commands that an operator has.</summary>
public sealed class WavePlanCommandTests(RunningServer server)
{
    private const string EstateText = """
        { "datastores": [{ "name": "ds1" }],
          "vms": [{ "name": "w-db, old", "datastore": "ds1", "power": "off", "disks": [{ "capacity": "2 MiB" }] },
                  { "name": "w-web", "datastore": "ds1", "power": "off", "disks": [{ "capacity": "2 MiB" }] },
                  { "name": "=w-sum", "datastore": "ds1", "power": "off", "disks": [{ "capacity": "2 MiB" }] },
                  { "name": "w-late", "datastore": "ds1", "power": "off", "disks": [{ "capacity": "2 MiB" }] }] }
        """;

    private const string Rules = """
        { // Comments are fine.
          "start": "2031-03-03T06:00:00Z", "days": 20, "cutoversAtOnce": 1,
          "windows": [{ "name": "nights", "opens": ["daily 22:00-02:00"], "timeZone": "Europe/Lisbon" }],
          "groups": [{ "name": "shop", "tiers": [["w-db*"], ["w-web"]] }] }
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Waves_are_planned_shown_exported_compared_and_approved()
    {
        await using var simulator = await PreparedAsync();
        await DoneAsync("plan", "create", "waved", "--source", "w-vc", "--host", "w-host", "--vm", "w-db, old", "--vm", "w-web", "--vm", "=w-sum", "--network", "VM Network=bridge:br0");
        var (rules, faster) = (await FileAsync("nightly.json", Rules), await FileAsync("weekend.json", Rules.Replace("daily 22:00-02:00", "Sat 08:00 36h", StringComparison.Ordinal)));

        (await server.RunAsync("wave", "schedule", "waved")).Error.ShouldContain("migrate wave plan");
        (await DoneAsync("wave", "plan", "waved", "--rules", rules)).ShouldContain("3 VMs in");
        var shown = JsonDocument.Parse(await DoneAsync("wave", "schedule", "waved", "--json")).RootElement;
        var vms = shown.GetProperty("vms").EnumerateArray().ToDictionary(x => x.GetProperty("name").GetString()!);
        vms["w-db, old"].GetProperty("cutoverStart").GetDateTime().Hour.ShouldBe(22); // Lisbon is at UTC in winter.
        vms["w-web"].GetProperty("cutoverStart").GetDateTime().ShouldBeGreaterThanOrEqualTo(vms["w-db, old"].GetProperty("cutoverEnd").GetDateTime());
        (await DoneAsync("wave", "schedule", "waved")).ShouldContain("WHY THEN");

        var csv = await DoneAsync("wave", "export", "waved");
        csv.Split("\r\n").Length.ShouldBe(1 + 3 + 1);
        csv.ShouldContain("\"w-db, old\"");
        csv.ShouldContain(",'=w-sum,", customMessage: "no formula for a spreadsheet");
        var calendar = await DoneAsync("wave", "export", "waved", "--format", "ics");
        calendar.ShouldStartWith("BEGIN:VCALENDAR\r\n");
        calendar.Split("\r\n").ShouldAllBe(x => System.Text.Encoding.UTF8.GetByteCount(x) <= 75);
        calendar.ShouldContain("STATUS:TENTATIVE");
        JsonDocument.Parse(await DoneAsync("wave", "export", "waved", "--format", "json")).RootElement.GetProperty("vms").GetArrayLength().ShouldBe(3);

        var compared = await DoneAsync("wave", "compare", "waved", "--rules", rules, "--rules", faster);
        compared.ShouldContain("nightly");
        compared.ShouldContain("weekend");
        JsonDocument.Parse(await DoneAsync("wave", "plans", "waved", "--json")).RootElement.GetArrayLength().ShouldBe(1, "what is compared is not kept");

        (await server.RunAsync("wave", "diff", "waved")).Error.ShouldContain("The waves of this plan have no version 0.");
        (await DoneAsync("wave", "approve", "waved", "--version", "1", "--reason", "change board")).ShouldContain("change board");
        (await DoneAsync("wave", "export", "waved", "--format", "ics")).ShouldContain("STATUS:CONFIRMED");
        await using var db = await DatabaseAsync();
        var plan = await db.Plans.SingleAsync(x => x.Name == "waved", Cancel);
        (await db.PlanVms.Where(x => x.PlanId == plan.Id).ToListAsync(Cancel)).ShouldAllBe(x => x.CutOverAt == vms[x.VmName].GetProperty("cutoverStart").GetDateTime());

        // What was approved does not come to mean a VM more.
        (await server.RunAsync("plan", "add", "waved", "--vm", "w-late", "--wave", "1")).Error.ShouldContain("plan.waves-approved");
        await DoneAsync("wave", "plan", "waved", "--rules", rules);
        (await server.RunAsync("plan", "add", "waved", "--vm", "w-late")).Error.ShouldContain("in no wave yet");
        (await db.PlanVms.AsNoTracking().Where(x => x.PlanId == plan.Id && x.CutOverAt != null).CountAsync(Cancel)).ShouldBe(3);
        (await server.RunAsync("wave", "start", "waved", "--wave", "0")).Error.ShouldContain("VMs without a wave are not started");
        (await server.RunAsync("wave", "approve", "waved", "--version", "2", "--reason", "change board")).Error.ShouldContain("after version 2 was made");
        await DoneAsync("wave", "plan", "waved", "--rules", rules);
        await DoneAsync("wave", "approve", "waved", "--version", "3", "--reason", "change board");
        (await db.PlanVms.AsNoTracking().Where(x => x.PlanId == plan.Id && x.CutOverAt != null).CountAsync(Cancel)).ShouldBe(4);

        // Between versions: nothing of a VM that moves as it did, all of one that came, and other windows.
        var late = await DoneAsync("wave", "diff", "waved", "--from", "2", "--to", "3");
        late.ShouldContain("From version 2 to version 3: 1 VM of 4 moves otherwise, by the same rules;");
        late.ShouldContain("w-late");
        late.ShouldContain("does not move");
        late.ShouldNotContain("w-web");
        (await DoneAsync("wave", "diff", "waved")).ShouldBe(late, "the newest and the one before it");
        await DoneAsync("wave", "plan", "waved", "--rules", faster);
        var weekend = JsonDocument.Parse(await DoneAsync("wave", "diff", "waved", "--from", "1", "--to", "4", "--json")).RootElement;
        (weekend.GetProperty("from").GetProperty("number").GetInt32(), weekend.GetProperty("to").GetProperty("number").GetInt32()).ShouldBe((1, 4));
        var rule = weekend.GetProperty("rules").EnumerateArray().ShouldHaveSingleItem();
        (rule.GetProperty("rule").GetString(), rule.GetProperty("before").GetString()!.Contains("22:00", StringComparison.Ordinal), rule.GetProperty("after").GetString()!.Contains("Sat 08:00", StringComparison.Ordinal)).ShouldBe(("VMs may be off", true, true));
        var moved = weekend.GetProperty("vms").EnumerateArray().ToDictionary(x => x.GetProperty("name").GetString()!);
        moved.Count.ShouldBe(4);
        moved["w-late"].GetProperty("before").ValueKind.ShouldBe(JsonValueKind.Null);
        moved["w-web"].GetProperty("before").GetProperty("cutoverStart").GetDateTime().ShouldBe(vms["w-web"].GetProperty("cutoverStart").GetDateTime());
        (await DoneAsync("wave", "diff", "waved", "--from", "1", "--to", "4")).ShouldContain("Sat 08:00 36h");
        var part = JsonDocument.Parse(await DoneAsync("wave", "diff", "waved", "--from", "1", "--to", "4", "--sort=-vm", "--page", "2", "--page-size", "3", "--json")).RootElement;
        (part.GetProperty("vmCount").GetInt32(), part.GetProperty("vms").EnumerateArray().ShouldHaveSingleItem().GetProperty("name").GetString()).ShouldBe((4, moved.Keys.Min(StringComparer.Ordinal)));
        (await DoneAsync("wave", "diff", "waved", "--from", "4", "--to", "4")).ShouldContain("0 VMs of 4 move otherwise, by the same rules");
        (await server.RunAsync("wave", "diff", "waved", "--from", "9")).Error.ShouldContain("no version 9");
        await DoneAsync("plan", "remove-vm", "waved", "w-late");
        (await db.PlanVms.AsNoTracking().Where(x => x.PlanId == plan.Id).CountAsync(Cancel)).ShouldBe(3);
        await DoneAsync("plan", "remove", "waved");
        (await db.WaveVersions.CountAsync(x => x.PlanId == plan.Id, Cancel)).ShouldBe(0);
    }

    [Fact]
    public async Task A_slip_in_the_rules_is_named()
    {
        var slip = await server.RunAsync("wave", "plan", "any", "--rules", await FileAsync("slip.json", """{ "windos": [] }"""));

        slip.ExitCode.ShouldBe(2);
        slip.Error.ShouldContain("windos");
        (await server.RunAsync("wave", "plan", "none-such")).Error.ShouldContain("There is no plan named");
    }

    private async Task<string> FileAsync(string name, string text)
    {
        var path = Path.Combine(server.Directory, name);
        await File.WriteAllTextAsync(path, text, Cancel);
        return path;
    }

    private async Task<SimulatorServer> PreparedAsync()
    {
        var facts = new KvmHostFacts
        {
            Uri = "test:///default",
            HostName = "w-host",
            Libvirt = new Version(9, 0, 0),
            Qemu = new Version(7, 2, 0),
            Cpus = 8,
            MemoryBytes = 64L << 30,
            IoUring = new IoUringState(true, ""),
        };
        await using (var db = await DatabaseAsync())
        {
            db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "w-host", Uri = facts.Uri, DomainType = "kvm", Facts = JsonSerializer.Serialize(facts, JsonSerializerOptions.Web) });
            await db.SaveChangesAsync(Cancel);
        }

        var simulator = await SimulatorServer.StartAsync(EstateFile.Parse(EstateText) with { Seed = 77 }, new SimulatorOptions(), Cancel);
        (await server.RunWithAsync(
            new() { ["MIGRATE_PASSWORD"] = "rehearsal" }, "source", "add", "w-vc", "--url", simulator.Url.ToString(), "--user", simulator.UserName, "--thumbprint", simulator.Thumbprint)).ExitCode.ShouldBe(0);
        await DoneAsync("inventory", "sync", "w-vc");
        return simulator;
    }

    private async Task<MigrateDb> DatabaseAsync() => await server.Services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel);

    private async Task<string> DoneAsync(params string[] args)
    {
        var result = await server.RunAsync(args);
        result.ExitCode.ShouldBe(0, result.Error);
        return result.Out;
    }
}
