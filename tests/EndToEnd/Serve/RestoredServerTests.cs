using Migrate.EndToEnd.Tests.Kvm;
using Migrate.EndToEnd.Tests.Runs;
using Migrate.Executor.Destinations;
using Migrate.Planner.Persistence;
using Migrate.Simulator;

namespace Migrate.EndToEnd.Tests.Serve;

/// <summary>A server is lost in the middle of a copy; its backup and its disks are put together elsewhere, and the run comes to its end there.</summary>
[UsesDatabase]
public sealed class RestoredServerTests
{
    private const long DiskBytes = 48L << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_goes_on_in_a_restored_installation()
    {
        var directory = LibvirtFixture.NewDirectory();
        var (first, second, backup) = (Path.Combine(directory, "first"), Path.Combine(directory, "second"), Path.Combine(directory, "migrate.backup"));
        var vm = Estates.Vm(await Estates.PlainDiskAsync(directory, DiskBytes));
        await using var simulator = await SimulatorServer.StartAsync(Estates.Of(vm), new SimulatorOptions { BaseDirectory = directory }, Cancellation);
        var server = await ServerProcess.StartAsync(first);
        try
        {
            var password = Path.Combine(first, "vcenter.password");
            await File.WriteAllTextAsync(password, simulator.Password, Cancellation);
            await server.RunAsync("source", "add", "vc", "--url", $"{simulator.Url}", "--user", simulator.UserName, "--password-file", password, "--thumbprint", simulator.Thumbprint);
            await server.RunAsync("inventory", "sync", "vc");
            await server.RunAsync("host", "add", "here", "--uri", LibvirtFixture.Uri, "--domain-type", "qemu");
            await server.RunAsync("plan", "create", "move", "--source", "vc", "--host", "here", "--vm", vm.Name, "--network", "VM Network=user", "--observe", "1");
            simulator.Faults.ReadBytesPerSecond = 1 << 20;
            await server.RunAsync("wave", "start", "move", "--wave", "1");
            await UntilAsync(() => Task.FromResult(simulator.DiskBytesSent > 4 << 20), "some of the disk was sent");
            await server.RunAsync("backup", backup);

            // It goes on after the backup, and takes its lease anew: the target remembers an epoch that the backup knows nothing of.
            await server.KillAsync();
            await server.DisposeAsync();
            server = await ServerProcess.StartAsync(first);
            var sent = simulator.DiskBytesSent;
            await UntilAsync(() => Task.FromResult(simulator.DiskBytesSent > sent + (2 << 20)), "more of the disk was sent");
            await server.KillAsync();
            await server.DisposeAsync();

            Directory.CreateDirectory(second);
            Directory.Move(Path.Combine(first, "target"), Path.Combine(second, "target"));
            await ServerProcess.RunWithoutAsync(second, "restore", backup);
            simulator.Faults.ReadBytesPerSecond = null;
            server = await ServerProcess.StartAsync(second);
            var phase = "";
            await UntilAsync(
                async () => (phase = (await server.GetAsync($"runs?vm={vm.Name}"))["items"]![0]!["phase"]!.GetValue<string>()) is "Completed" or "Failed", "the run is over", TimeSpan.FromMinutes(6));
            phase.ShouldBe("Completed", await server.RunAsync("run", "show", vm.Name));
            await using var db = await MigrateDatabase.CreateFactory(server.Database).CreateDbContextAsync(Cancellation);
            var disk = db.RunDisks.ShouldHaveSingleItem();
            (disk.SourceHash is not null, disk.DestinationHash).ShouldBe((true, disk.SourceHash));
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

    private static async Task UntilAsync(Func<Task<bool>> holds, string what, TimeSpan? within = null)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(within ?? TimeSpan.FromMinutes(3), what);
            await Task.Delay(100, Cancellation);
        }
    }
}
