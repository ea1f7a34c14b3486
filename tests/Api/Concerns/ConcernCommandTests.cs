using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Planner.Persistence;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Api.Tests.Concerns;

public sealed class ConcernCommandTests(RunningServer server)
{
    private const string EstateText = """
        { "datastores": [{ "name": "ds1" }],
          "vms": [{ "name": "c-plain", "datastore": "ds1", "power": "off", "disks": [{ "capacity": "2 MiB" }] },
                  { "name": "c-mapped", "datastore": "ds1", "power": "off", "disks": [{ "capacity": "1 MiB", "backing": "rdmPhysical" }] }] }
        """;

    [Fact]
    public async Task A_reason_lets_a_wave_start_and_is_shown_with_the_plan_and_its_report()
    {
        await using var simulator = await PreparedAsync("concern-vc", "concern-host");
        await DoneAsync("plan", "create", "reasons", "--source", "concern-vc", "--host", "concern-host", "--vm", "c-mapped", "--network", "VM Network=user");
        var listed = await server.RunAsync("concerns", "list", "--plan", "reasons", "--severity", "critical");
        listed.ExitCode.ShouldBe(3, listed.Error);
        listed.Out.ShouldContain("disk.rdm");
        listed.Out.ShouldNotContain("Information");
        (await server.RunAsync("concerns", "list", "--plan", "reasons", "--severity", "critical", "--id", "guest.not-inspected", "--json")).Out.Trim().ShouldBe("[]", "the VM has a Critical concern and this one, which is none");
        (await server.RunAsync("concerns", "list", "--plan", "reasons", "--severity", "information", "--id", "guest.not-inspected")).Out.ShouldContain("c-mapped");
        (await server.RunAsync("wave", "start", "reasons")).ExitCode.ShouldBe(3);

        var never = await server.RunAsync("concerns", "override", "disk.capacity-invalid", "--plan", "reasons", "--vm", "c-mapped", "--reason", "because I say so");
        never.ExitCode.ShouldBe(1);
        never.Error.ShouldContain("cannot be overridden");
        var given = await server.RunAsync("concerns", "override", "disk.rdm-physical", "--plan", "reasons", "--vm", "c-mapped", "--reason", "the mapping is unused", "--by", "ana");
        given.ExitCode.ShouldBe(0, given.Error);
        (await server.RunAsync("plan", "show", "reasons")).Out.ShouldContain("disk.rdm-physical by admin, for ana (unverified)");

        await DoneAsync("concerns", "lift", "disk.rdm-physical", "--plan", "reasons", "--vm", "c-mapped", "--by", "bo");
        (await server.RunAsync("wave", "start", "reasons")).ExitCode.ShouldBe(3);
        await DoneAsync("concerns", "override", "disk.rdm-physical", "--plan", "reasons", "--vm", "c-mapped", "--reason", "the mapping is unused, really", "--by", "ana");
        await DoneAsync("wave", "start", "reasons");

        var run = JsonDocument.Parse((await server.RunAsync("run", "list", "--plan", "reasons", "--json")).Out).RootElement[0].GetProperty("id").GetGuid();
        await using var db = await DatabaseAsync();
        (await db.RunEvents.Where(x => x.RunId == run).Select(x => x.Message).ToListAsync(TestContext.Current.CancellationToken))
            .ShouldContain(message => message.Contains("in spite of disk.rdm-physical") && message.Contains("unused, really"));
        var html = Path.Combine(server.Directory, "reasons.html");
        await DoneAsync("report", "export", "reasons", "--html", html);
        var report = await File.ReadAllTextAsync(html, TestContext.Current.CancellationToken);
        report.ShouldContain("unused, really");
        report.ShouldContain("lifted", Case.Insensitive);
    }

    [Fact]
    public async Task A_check_reads_every_disk_and_what_it_finds_blocks_the_wave()
    {
        await using var simulator = await PreparedAsync("check-vc", "check-host");
        await DoneAsync("plan", "create", "checked", "--source", "check-vc", "--host", "check-host", "--vm", "c-plain", "--vm", "c-mapped", "--network", "VM Network=user");

        var check = await server.RunAsync("plan", "check", "checked", "--json");

        check.ExitCode.ShouldBe(3, check.Error);
        var findings = JsonDocument.Parse(check.Out).RootElement.GetProperty("findings").EnumerateArray()
            .Select(x => (Vm: x.GetProperty("vm").GetString(), Id: x.GetProperty("concern").GetProperty("id").GetString(), Severity: x.GetProperty("concern").GetProperty("severity").GetString())).ToList();
        findings.ShouldContain(("c-mapped", "probe.disk-read", "Critical"));
        findings.ShouldNotContain(x => x.Vm == "c-plain" && x.Id == "probe.disk-read");
        (await server.RunAsync("concerns", "list", "--plan", "checked", "--id", "probe.disk-read")).Out.ShouldContain("c-mapped");
        (await server.RunAsync("plan", "show", "checked")).Out.ShouldContain("Checked ");
        (await server.RunAsync("wave", "start", "checked")).Error.ShouldContain("probe.disk-read");

        await simulator.DisposeAsync();
        var gone = await server.RunAsync("plan", "check", "checked");
        gone.ExitCode.ShouldBe(3, gone.Error);
        gone.Out.ShouldContain("probe.login");
    }

    [Fact]
    public async Task A_source_is_judged_without_a_plan()
    {
        await using var simulator = await PreparedAsync("judged-vc", "judged-host");

        var listed = await server.RunAsync("concerns", "list", "--source", "judged-vc", "--id", "disk.rdm-physical");
        listed.ExitCode.ShouldBe(3, listed.Error);
        listed.Out.ShouldContain("c-mapped");
        listed.Out.ShouldNotContain("c-plain");
        (await server.RunAsync("concerns", "list", "--source", "judged-vc", "--vm", "c-plain", "--severity", "critical")).ExitCode.ShouldBe(0);
        (await server.RunAsync("concerns", "list")).Error.ShouldContain("one of the two: a plan, or a source");
    }

    [Fact]
    public async Task Explaining_needs_no_server()
    {
        var explained = await CommandResult.OfAsync(new() { ["MIGRATE_DATA"] = "/nowhere" }, "concerns", "explain", "disk.rdm");
        explained.ExitCode.ShouldBe(0, explained.Error);
        explained.Out.ShouldContain("Raw device mapping");
        explained.Out.ShouldContain("Source: ");
        explained.Out.ShouldContain("Remedy: ");
        (await CommandResult.OfAsync([], "concerns", "explain", "host.cbt-known-bad")).Out.ShouldContain("builds before 3247720");
        var all = await CommandResult.OfAsync(new() { ["MIGRATE_DATA"] = "/nowhere" }, "concerns", "explain");
        all.Out.Split('\n').Length.ShouldBeGreaterThan(100);
        all.Out.ShouldContain("probe.disk-read");
        (await CommandResult.OfAsync([], "concerns", "explain", "disk.rmd")).Error.ShouldContain("Did you mean 'disk.rdm'?");
    }

    private async Task<SimulatorServer> PreparedAsync(string source, string host)
    {
        var simulator = await SimulatorServer.StartAsync(
            EstateFile.Parse(EstateText) with { Seed = source.Sum(letter => letter) }, // VMs of their own: what a run of one source has, no plan of another may take.
            new SimulatorOptions(), TestContext.Current.CancellationToken);
        var added = await server.RunWithAsync(
            new() { ["MIGRATE_PASSWORD"] = "rehearsal" }, "source", "add", source, "--url", simulator.Url.ToString(), "--user", simulator.UserName, "--thumbprint", simulator.Thumbprint);
        added.ExitCode.ShouldBe(0, added.Error);
        await DoneAsync("inventory", "sync", source);
        await using var db = await DatabaseAsync();
        db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = host, Uri = "test:///default", DomainType = "qemu", Attachment = "backing" });
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        return simulator;
    }

    private async Task DoneAsync(params string[] args)
    {
        var result = await server.RunAsync(args);
        result.ExitCode.ShouldBe(0, string.Join(' ', args) + ": " + result.Error);
    }

    private Task<MigrateDb> DatabaseAsync() =>
        server.Services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(TestContext.Current.CancellationToken);
}
