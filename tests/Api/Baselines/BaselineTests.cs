using System.Text.Json;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Api.Tests.Baselines;

public sealed class BaselineTests(RunningServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Collecting_is_started_shown_stopped_and_forgotten()
    {
        var estate = new Estate
        {
            Vms = [.. Enumerable.Range(0, 3).Select(i => new EstateVm { Name = $"db0{i}", Disks = [new EstateDisk { Capacity = 1 << 20 }, new EstateDisk { Capacity = 1 << 20 }] })],
        };
        await using var simulator = await SimulatorServer.StartAsync(estate, cancellationToken: Cancel);
        await AddAsync(simulator, "measured");
        (await server.RunAsync("baseline", "start", "--source", "measured")).Error.ShouldContain("either a list or all");
        (await server.RunAsync("baseline", "start", "--source", "measured", "--vm", "nobody")).Error.ShouldContain("no VM named 'nobody'");
        (await server.RunAsync("baseline", "start", "--source", "measured", "--vm", "no\0body")).Error.ShouldContain("has no VM named", customMessage: "what no database can be asked for");
        (await server.RunAsync("baseline", "show", "db00", "--source", "measured")).Error.ShouldContain("Nothing was collected yet");

        (await server.RunAsync("baseline", "start", "--source", "measured", "--vm", "db02", "--vm", "nobody")).Error.ShouldContain("no VM named 'nobody'");
        var started = await server.RunAsync("baseline", "start", "--source", "measured", "--all", "--json");
        started.ExitCode.ShouldBe(0, started.Error);
        JsonDocument.Parse(started.Out).RootElement.GetProperty("collected").GetInt32().ShouldBe(3);
        var status = await CollectedAsync("measured");
        status.GetProperty("load").GetProperty("callsPerPoll").GetInt32().ShouldBe(status.GetProperty("load").GetProperty("lastCalls").GetInt32());
        status.GetProperty("load").GetProperty("callsPerMinute").GetDouble().ShouldBeLessThan(1);
        status.GetProperty("vms").EnumerateArray().ShouldAllBe(vm => vm.GetProperty("state").GetString() == "collecting" && vm.GetProperty("disks").GetInt32() == 2);

        var shown = await server.RunAsync("baseline", "show", "db01", "--source", "measured", "--by-hour");
        shown.ExitCode.ShouldBe(0, shown.Error);
        shown.Out.ShouldContain("trust Low");
        shown.Out.ShouldContain("window-below-a-day");
        shown.Out.ShouldContain("P95 OF 20 S MEANS");
        var json = JsonDocument.Parse((await server.RunAsync("baseline", "show", "db01", "--source", "measured", "--json")).Out).RootElement;
        json.GetProperty("disks").GetArrayLength().ShouldBe(2);
        json.GetProperty("disks")[0].GetProperty("hours").GetArrayLength().ShouldBe(168);
        json.GetProperty("disks")[0].GetProperty("whole").GetProperty("read").GetProperty("latencyUs").GetProperty("mean").GetDouble().ShouldBeInRange(160, 200);

        JsonDocument.Parse((await server.RunAsync("baseline", "stop", "--source", "measured", "--vm", "db00", "--json")).Out).RootElement.GetProperty("collected").GetInt32().ShouldBe(2);
        (await server.RunAsync("baseline", "status", "--source", "measured")).Out.ShouldContain("stopped");
        (await server.RunAsync("baseline", "remove", "db00", "--source", "measured")).ExitCode.ShouldBe(0);
        (await server.RunAsync("baseline", "remove", "db00", "--source", "measured")).ExitCode.ShouldBe(1);
        var some = await server.RunAsync("baseline", "start", "--source", "measured", "--vm", "db02", "--vm", "db00", "--json");
        JsonDocument.Parse(some.Out).RootElement.GetProperty("collected").GetInt32().ShouldBe(3);
        (await server.RunAsync("source", "remove", "measured")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_source_that_cannot_be_reached_is_seen_in_the_status()
    {
        var simulator = await SimulatorServer.StartAsync(EstateGenerator.Generate(2, hosts: 1), cancellationToken: Cancel);
        await AddAsync(simulator, "lost");
        await simulator.DisposeAsync();
        (await server.RunAsync("baseline", "start", "--source", "lost", "--all")).ExitCode.ShouldBe(0);
        for (var tries = 0; ; tries++)
        {
            var status = await server.RunAsync("baseline", "status", "--source", "lost");
            if (status.Out.Contains("failing", StringComparison.Ordinal))
            {
                status.Out.ShouldContain("cannot be reached");
                break;
            }

            tries.ShouldBeLessThan(600, status.Out);
            await Task.Delay(100, Cancel);
        }

        (await server.RunAsync("baseline", "stop", "--source", "lost", "--all")).ExitCode.ShouldBe(0);
        (await server.RunAsync("source", "remove", "lost")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Histograms_are_imported_for_a_disk_and_other_files_are_named()
    {
        await using var simulator = await SimulatorServer.StartAsync(new Estate { Vms = [new EstateVm { Name = "db02", Disks = [new EstateDisk(), new EstateDisk()] }] }, cancellationToken: Cancel);
        await AddAsync(simulator, "histograms");
        var file = Path.Combine(server.Directory, "stats.csv");
        await File.WriteAllTextAsync(
            file, "Histogram: latency of IOs in Microseconds (us),virtual machine worldGroupID,5,virtual disk handleID,7\nmin,41\nmax,900\nmean,250\ncount,10\nFrequency,Histogram Bucket Limit\n2,100\n7,500\n1,1000\n0,1000\n", Cancel);
        (await server.RunAsync("baseline", "import", "--vm", "db02")).ExitCode.ShouldBe(2);
        (await server.RunAsync("baseline", "import", "--source", "histograms", "--vm", "db02", "--vscsistats", file)).Error.ShouldContain("has several disks: scsi0:0 (Hard disk 1), scsi0:1 (Hard disk 2)");
        (await server.RunAsync("baseline", "import", "--source", "histograms", "--vm", "db02", "--disk", "scsi9:9", "--vscsistats", file)).Error.ShouldContain("no disk 'scsi9:9'");
        (await server.RunAsync("baseline", "import", "--source", "histograms", "--vm", "db02", "--disk", "scsi0:1", "--fio", file)).Error.ShouldContain("no result of fio");
        for (var i = 0; i < 2; i++)
        {
            var imported = await server.RunAsync("baseline", "import", "--source", "histograms", "--vm", "db02", "--disk", "scsi0:1", "--vscsistats", file);
            imported.ExitCode.ShouldBe(0, imported.Error);
            imported.Out.ShouldContain("100…500");
            imported.Out.ShouldContain("nobody said when they were counted");
        }

        var wrong = await server.RunAsync("baseline", "import", "--source", "histograms", "--vm", "db02", "--disk", "scsi0:1", "--vscsistats", file, "--from", "2026-01-02T09:30:00Z", "--to", "2026-01-02T09:00:00Z");
        wrong.Error.ShouldContain("said to be counted from 2026-01-02 09:30:00 to 2026-01-02 09:00:00 UTC");
        (await server.RunAsync("baseline", "import", "--source", "histograms", "--vm", "db02", "--disk", "scsi0:1", "--vscsistats", file, "--from", "2026-01-02T09:00:00Z")).Error.ShouldContain("only one end is given");
        var said = await server.RunAsync("baseline", "import", "--source", "histograms", "--vm", "db02", "--disk", "scsi0:1", "--vscsistats", file, "--from", "2026-01-02T09:00:00Z", "--to", "2026-01-02T10:30:00+01:00");
        said.Out.ShouldContain("counted 2026-01-02 09:00", customMessage: said.Error);
        said.Out.ShouldContain("to 2026-01-02 09:30");

        var shown = JsonDocument.Parse((await server.RunAsync("baseline", "show", "db02", "--source", "histograms", "--json")).Out).RootElement;
        shown.GetProperty("histograms").GetArrayLength().ShouldBe(1, "the same file for the same disk is taken once");
        shown.GetProperty("histograms")[0].GetProperty("counted").GetProperty("to").GetString().ShouldBe("2026-01-02T09:30:00Z", "and what was said of it later is kept");
        shown.GetProperty("trust").GetProperty("level").GetString().ShouldBe("Low");
        (await server.RunAsync("source", "remove", "histograms")).ExitCode.ShouldBe(0);
    }

    private async Task AddAsync(SimulatorServer simulator, string name)
    {
        var added = await server.RunWithAsync(
            new() { ["MIGRATE_PASSWORD"] = simulator.Password }, "source", "add", name, "--url", simulator.Url.ToString(), "--user", simulator.UserName, "--thumbprint", simulator.Thumbprint);
        added.ExitCode.ShouldBe(0, added.Error);
        (await server.RunAsync("inventory", "sync", name)).ExitCode.ShouldBe(0);
    }

    /// <summary>The first poll comes at once.</summary>
    private async Task<JsonElement> CollectedAsync(string source)
    {
        for (var tries = 0; ; tries++)
        {
            var status = JsonDocument.Parse((await server.RunAsync("baseline", "status", "--source", source, "--json")).Out).RootElement;
            if (status.GetProperty("load").GetProperty("lastCalls").ValueKind == JsonValueKind.Number)
            {
                return status;
            }

            tries.ShouldBeLessThan(600, status.ToString());
            await Task.Delay(100, Cancel);
        }
    }
}
