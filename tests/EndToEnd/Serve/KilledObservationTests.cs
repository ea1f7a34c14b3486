using System.Text.Json.Nodes;
using Migrate.EndToEnd.Tests.Kvm;
using Migrate.EndToEnd.Tests.Runs;
using Migrate.Executor.Destinations;
using Migrate.Executor.Validation.Observation;
using Migrate.Planner.Persistence;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.EndToEnd.Tests.Serve;

/// <summary>The server is killed while it observes a domain; what QEMU did before, meanwhile and afterwards is in the verdict, once.</summary>
[UsesDatabase]
public sealed class KilledObservationTests
{
    private const string Device = "ua-disk-2000";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_write_of_QEMU_is_observed_once_though_the_server_is_killed_in_between()
    {
        var directory = LibvirtFixture.NewDirectory();
        var vm = Estates.Vm(await Estates.PlainDiskAsync(directory));
        await using var simulator = await SimulatorServer.StartAsync(Estates.Of(vm), new SimulatorOptions { BaseDirectory = directory }, Cancellation);
        var server = await ServerProcess.StartAsync(Path.Combine(directory, "data"));
        try
        {
            await StartWaveAsync(server, simulator, vm);
            var run = (await server.GetAsync($"runs?vm={vm.Name}"))["items"]!.AsArray().ShouldHaveSingleItem()!["id"]!.GetValue<Guid>();
            var observation = await UntilObservedAsync(server, run);
            observation["statement"]!.GetValue<string>().ShouldContain("observed since ");

            await WriteAsync(vm.Name, 6);
            await Task.Delay(Random.Shared.Next(25_000), Cancellation); // With or without a look at QEMU in between.
            await server.KillAsync();
            await WriteAsync(vm.Name, 5);
            await server.DisposeAsync();
            server = await ServerProcess.StartAsync(server.DataDirectory);
            await WriteAsync(vm.Name, 4);
            (await server.GetAsync($"runs/{run}"))["run"]!["phase"]!.GetValue<string>().ShouldBe("Validating", "the look is in an hour");

            await server.RunAsync("run", "judge", vm.Name);
            var detail = await UntilAsync(server, run, x => x["run"]!["phase"]!.GetValue<string>() == "Completed");
            var qemu = await QemuWrites.StatsAsync(vm.Name, Device);
            qemu["wr_operations"]!.GetValue<long>().ShouldBe(15, "nothing but the test writes");

            var (row, intervals) = await StoredAsync(server, run);
            intervals.Sum(x => x.Disks[0]!.Write.Operations).ShouldBe(15);
            intervals.Sum(x => x.Disks[0]!.Write.Bins.Sum()).ShouldBe(15);
            intervals.Sum(x => x.Disks[0]!.Write.Nanoseconds).ShouldBe(qemu["wr_total_time_ns"]!.GetValue<long>());
            var around = detail["observation"]!["around"].ShouldNotBeNull(detail.ToJsonString());
            around["ioThreads"]!.AsArray().Count.ShouldBeGreaterThan(0, "the design gives it one");
            around["ioThreads"]![0]!["busy"]!.GetValue<double>().ShouldBeInRange(0, 1.5);
            around["cpuMicrosecondsPerIo"]!.GetValue<double>().ShouldBeGreaterThan(0);
            around["disks"]!.AsArray().ShouldHaveSingleItem()!["aio"]!.GetValue<string>().ShouldNotBeEmpty();
            ObservationState.Read(row.State).Notes.ShouldBeEmpty("QEMU counted all the time, and nothing else happened");
            intervals.Sum(x => x.Milliseconds).ShouldBeInRange(0, (long)(row.StoredUntil - row.StartedAt).TotalMilliseconds + 1000);
            (detail["observation"]!["endedAt"], detail["observation"]!["looks"]!.GetValue<int>()).ShouldSatisfyAllConditions(x => x.Item1.ShouldNotBeNull(), x => x.Item2.ShouldBe(1));
        }
        finally
        {
            await server.DisposeAsync();
            await using (var libvirt = await LibvirtConnection.OpenAsync(LibvirtFixture.Uri, TimeProvider.System, CancellationToken.None))
            {
                await libvirt.DestroyAsync(vm.Name, CancellationToken.None);
                await libvirt.UndefineAsync(vm.Name, removeNvram: true, CancellationToken.None);
            }

            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task StartWaveAsync(ServerProcess server, SimulatorServer simulator, EstateVm vm)
    {
        var password = Path.Combine(server.DataDirectory, "vcenter.password");
        await File.WriteAllTextAsync(password, simulator.Password, Cancellation);
        await server.RunAsync("source", "add", "vc", "--url", $"{simulator.Url}", "--user", simulator.UserName, "--password-file", password, "--thumbprint", simulator.Thumbprint);
        File.Delete(password);
        await server.RunAsync("inventory", "sync", "vc");
        await server.RunAsync("host", "add", "here", "--uri", LibvirtFixture.Uri, "--domain-type", "qemu");
        await server.RunAsync(
            "plan", "create", "move", "--source", "vc", "--host", "here", "--vm", vm.Name, "--network", "VM Network=user", "--agent-wait", "0", "--observe", "3600", "--observe-at-most", "604800");
        await server.RunAsync("wave", "start", "move", "--wave", "1");
    }

    private static async Task<JsonNode> UntilObservedAsync(ServerProcess server, Guid run) =>
        (await UntilAsync(server, run, x => x["observation"] is not null))["observation"]!;

    private static async Task<JsonNode> UntilAsync(ServerProcess server, Guid run, Func<JsonNode, bool> reached)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var detail = await server.GetAsync($"runs/{run}");
            if (reached(detail))
            {
                return detail;
            }

            (TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromMinutes(10)).ShouldBeTrue(detail.ToJsonString());
            detail["run"]!["phase"]!.GetValue<string>().ShouldNotBe("Failed", detail.ToJsonString());
            await Task.Delay(100, Cancellation);
        }
    }

    private static async Task<(StorageObservation Row, IReadOnlyList<ObservedInterval> Intervals)> StoredAsync(ServerProcess server, Guid run)
    {
        var factory = MigrateDatabase.CreateFactory(server.Database);
        var store = new ObservationStore(factory, new Migrate.Executor.ExecutorOptions { DataDirectory = server.DataDirectory }, TimeProvider.System);
        return ((await store.FindAsync(run, Cancellation))!, await store.IntervalsAsync(run, Cancellation));
    }

    private static Task WriteAsync(string name, int writes) => QemuWrites.MakeAsync(name, Device, writes);
}
