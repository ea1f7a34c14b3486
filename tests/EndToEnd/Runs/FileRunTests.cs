using System.Text.Json.Nodes;
using Migrate.EndToEnd.Tests.Kvm;
using Migrate.EndToEnd.Tests.Serve;
using Migrate.Executor.Copy;
using Migrate.Executor.Destinations;

namespace Migrate.EndToEnd.Tests.Runs;

/// <summary>
/// A bootable guest out of files of this machine: by the commands that an operator gives, through every phase, until it runs in a real libvirtd
/// with the bytes that qemu-img reads out of the same files. No server stands behind it: nothing to shut down, no baseline.
/// </summary>
[UsesDatabase]
public sealed class FileRunTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public Task An_appliance_of_an_ova_moves_boots_and_is_judged() => MovesAsync(FileVm.OvaAsync);

    [Fact]
    public Task A_VM_of_a_vmx_with_a_snapshot_moves_boots_and_is_judged() => MovesAsync(FileVm.VmxAsync);

    private static async Task MovesAsync(Func<string, Task<FileVm>> make)
    {
        var directory = LibvirtFixture.NewDirectory();
        var vm = await make(directory);
        var server = await ServerProcess.StartAsync(Path.Combine(directory, "data"));
        try
        {
            await StartWaveAsync(server, vm);
            var run = (await server.GetAsync($"runs?vm={vm.Name}"))["items"]!.AsArray().ShouldHaveSingleItem()!["id"]!.GetValue<Guid>();
            await UntilAsync(server, run, "Completed");

            await IsTheSameDataAsync(server, run, vm);
            (await Site.DomainStateAsync(vm.Name)).ShouldBe(DomainState.Running);
            await IsJudgedAsync(server, run, vm);

            await server.RunAsync("run", "rollback", vm.Name, "--reason", "because of a test", "--delete-data", "--discard-changes", "--wait");
            (await Site.DomainExistsAsync(vm.Name)).ShouldBeFalse();
            Directory.GetFiles(Path.Combine(server.DataDirectory, "target"), "*.raw").ShouldBeEmpty();
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

    private static async Task StartWaveAsync(ServerProcess server, FileVm vm)
    {
        string[] checks = vm.Kind == "--ova" ? ["--check-digests"] : [];
        await server.RunAsync(["source", "add", "files", vm.Kind, vm.Path, .. checks]);
        await server.RunAsync("inventory", "sync", "files");
        await server.RunAsync("host", "add", "here", "--uri", LibvirtFixture.Uri, "--domain-type", "qemu");
        await server.RunAsync(
            "plan", "create", "move", "--source", "files", "--host", "here", "--vm", vm.Name, "--network", $"{vm.Network}=user",
            "--expect-console", $"{vm.Name}={Estates.Marker} files01 payload-sha256={vm.Payload}", "--boot-timeout", "400", "--observe", "10");
        await server.RunAsync("plan", "check", "move");
        await server.RunAsync("wave", "start", "move", "--wave", "1");
    }

    private static async Task IsTheSameDataAsync(ServerProcess server, Guid run, FileVm vm)
    {
        string hash;
        await using (var file = File.OpenRead(vm.Expected))
        {
            hash = await DiskHash.OfStreamAsync(file, Cancellation);
        }

        var disk = (await server.GetAsync($"runs/{run}"))["disks"]!.AsArray().ShouldHaveSingleItem()!;
        disk["reader"]!.GetValue<string>().ShouldBe("local-vmdk");
        disk["capacityBytes"]!.GetValue<long>().ShouldBe(new FileInfo(vm.Expected).Length);
        (disk["sourceHash"]!.GetValue<string>(), disk["destinationHash"]!.GetValue<string>()).ShouldBe((hash, hash), "of what qemu-img reads");

        // The guest has written to its disk since it was started; what was proven before that is in the manifest.
        var manifest = Directory.GetFiles(Path.Combine(server.DataDirectory, "manifests", $"{run:D}"), "*.manifest").ShouldHaveSingleItem();
        await server.RunAsync("verify", manifest, "--device", vm.Expected);
    }

    private static async Task IsJudgedAsync(ServerProcess server, Guid run, FileVm vm)
    {
        var report = await server.GetAsync($"runs/{run}/report.json");
        var aspects = report["aspects"]!.AsArray().ToDictionary(x => x!["aspect"]!.GetValue<string>(), x => x!);
        Outcome("Data").ShouldBe("Pass");
        Outcome("Boot").ShouldBe("Pass", "the guest found its payload as it was made");
        Outcome("Latency").ShouldBe("Inconclusive");
        Details("Latency").ShouldContain("there is no baseline from the source");
        Details("Latency").ShouldNotContain("simulator");
        report["outcome"]!.GetValue<string>().ShouldBe("Inconclusive", "a latency that nothing can be compared with is not called a pass");
        report["source"]!["url"]!.GetValue<string>().ShouldBe(vm.Path, "where the VM came from");
        report["sourceChanges"]!.AsArray().ShouldBeEmpty();

        string Outcome(string aspect) => aspects[aspect]["outcome"]!.GetValue<string>();
        string Details(string aspect) => aspects[aspect].ToJsonString();
    }

    private static async Task UntilAsync(ServerProcess server, Guid run, string phase)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var now = (await server.GetAsync($"runs/{run}"))["run"]!["phase"]!.GetValue<string>();
            if (now == phase)
            {
                return;
            }

            if (now == "Failed" || TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromMinutes(10))
            {
                throw new ShouldAssertException($"The run is {now} and not {phase}:\n{await LogAsync(server, run)}");
            }

            await Task.Delay(200, Cancellation);
        }
    }

    private static async Task<string> LogAsync(ServerProcess server, Guid run) => string.Join(
        '\n',
        (await server.GetAsync($"runs/{run}/log?pageSize=200"))["items"]!.AsArray().Select((JsonNode? x) => $"{x!["at"]} {x["phase"],-12} {x["message"]}"));
}
