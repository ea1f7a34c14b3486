using Migrate.EndToEnd.Tests.Kvm;
using Migrate.EndToEnd.Tests.Runs;
using Migrate.EndToEnd.Tests.Serve;
using Migrate.Executor.Destinations;
using Migrate.Simulator;

namespace Migrate.EndToEnd.Tests.Conversion;

/// <summary>
/// A Debian as it lies on VMware's disks, whose initramfs has no virtio and whose fstab and boot loader say /dev/sda1, moves by the operator's commands and is converted
/// by the machine's virt-v2v. The server is killed in the middle of that.
/// </summary>
/// <remarks>MIGRATE_CONVERSIONS=all: also a guest that starts by UEFI from LVM, which takes as long again.</remarks>
[UsesDatabase]
public sealed class ConvertedRunTests
{
    private const string Marker = "MIGRATE-DEBIAN-UP";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(40);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Layouts => Libguestfs.IsAllWanted ? ["bios", "uefi"] : ["bios"];

    [Theory]
    [MemberData(nameof(Layouts))]
    public async Task A_guest_without_virtio_is_converted_though_the_server_is_killed_and_boots_on_virtio_scsi(string layout)
    {
        await Libguestfs.PrepareAsync();
        var directory = LibvirtFixture.NewDirectory();
        var disk = await Libguestfs.DebianAsync(Path.Combine(directory, "debian.raw"), "--hostname", "converted", "--names", "device", "--drivers", "vmware", "--layout", layout);
        var named = layout == "bios" ? "fstab-root=UUID=" : "fstab-root=/dev/mapper/vg0-root fstab-efi=UUID=";
        var vm = Estates.Vm(disk) with { Memory = 512L << 20, Firmware = layout == "bios" ? "bios" : "efi" };
        await using var simulator = await SimulatorServer.StartAsync(Estates.Of(vm), new SimulatorOptions { BaseDirectory = directory }, Cancellation);
        var server = await ServerProcess.StartAsync(Path.Combine(directory, "data"));
        try
        {
            var password = Path.Combine(directory, "password");
            await File.WriteAllTextAsync(password, simulator.Password, Cancellation);
            await server.RunAsync("source", "add", "vc", "--url", $"{simulator.Url}", "--user", simulator.UserName, "--password-file", password, "--thumbprint", simulator.Thumbprint);
            await server.RunAsync("inventory", "sync", "vc");
            await server.RunAsync("host", "add", "here", "--uri", LibvirtFixture.Uri, "--domain-type", "qemu");
            await server.RunAsync(
                "plan", "create", "move", "--source", "vc", "--host", "here", "--vm", vm.Name, "--network", "VM Network=none", "--convert", "auto",
                "--expect-console", $"{vm.Name}={Marker} converted {named}", "--boot-timeout", "1500", "--observe", "1");
            await server.RunAsync("wave", "start", "move", "--wave", "1");
            var run = (await server.GetAsync($"runs?vm={vm.Name}"))["items"]!.AsArray().ShouldHaveSingleItem()!["id"]!.GetValue<Guid>();

            // In the middle of virt-v2v: it has said what it opened.
            await UntilAsync(server, run, async () => (await LogEndAsync(server, run)).Contains("Inspecting", StringComparison.Ordinal), "virt-v2v is at work");
            (await StateAsync(server, run)).ShouldBe("Converting");
            (await Overlays(server, run)).ShouldNotBeEmpty();
            await server.KillAsync();
            var backing = Directory.GetFiles(Path.Combine(server.DataDirectory, "target"), "*.raw").ShouldHaveSingleItem();
            await Programs.OutputOfAsync("cmp", disk, backing); // Whatever virt-v2v was at, the copy is as it was.
            await server.DisposeAsync();
            server = await ServerProcess.StartAsync(server.DataDirectory);

            await UntilAsync(server, run, async () => await PhaseAsync(server, run) == "Completed", "the run is over");
            (await StateAsync(server, run)).ShouldBe("Converted", await LogAsync(server, run));
            var detail = await server.GetAsync($"runs/{run}");
            detail["conversion"]!["renamed"]!.AsArray().Select(x => x!.GetValue<string>()).ShouldContain(x => x.StartsWith("/etc/fstab: /dev/sda1 is UUID=", StringComparison.Ordinal));
            detail["conversion"]!["changedBytes"]!.GetValue<long>().ShouldBeGreaterThan(0);
            (await Overlays(server, run)).ShouldBeEmpty("they are committed");
            var report = await server.GetAsync($"runs/{run}/report.json");
            var boot = report["aspects"]!.AsArray().Single(x => x!["aspect"]!.GetValue<string>() == "Boot")!;
            boot["outcome"]!.GetValue<string>().ShouldBe("Pass", await LogAsync(server, run));
            var console = await File.ReadAllTextAsync(Path.Combine(server.DataDirectory, "consoles", $"{run:D}.log"), Cancellation);
            var said = console.Split('\n').Last(x => x.Contains(Marker, StringComparison.Ordinal));
            said.ShouldContain(layout == "bios" ? "firmware=bios" : "firmware=uefi mounted=1", Case.Sensitive, said);
            said.ShouldContain("virtio_scsi", Case.Sensitive, said); // Beside those of the chipset, if the guest has loaded them by then.
            (await server.RunAsync("run", "show", vm.Name)).ShouldContain("conversion: Converted (debian 12");

            // The manifest is still of what the source sent.
            var manifest = Directory.GetFiles(Path.Combine(server.DataDirectory, "manifests", $"{run:D}"), "*.manifest").ShouldHaveSingleItem();
            await server.RunAsync("verify", manifest, "--device", disk);
            var verified = (await server.TryAsync("verify", vm.Name)).Output;
            verified.ShouldContain("where virt-v2v wrote");
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

    private static Task<string[]> Overlays(ServerProcess server, Guid run) =>
        Task.FromResult(Directory.GetFiles(Path.Combine(server.DataDirectory, "conversions", $"{run:D}"), "*.qcow2", SearchOption.AllDirectories));

    private static async Task<string> PhaseAsync(ServerProcess server, Guid run) => (await server.GetAsync($"runs/{run}"))["run"]!["phase"]!.GetValue<string>();

    private static async Task<string?> StateAsync(ServerProcess server, Guid run) => (await server.GetAsync($"runs/{run}"))["conversion"]?["state"]?.GetValue<string>();

    private static async Task<string> LogEndAsync(ServerProcess server, Guid run) =>
        string.Join('\n', ((await server.GetAsync($"runs/{run}"))["conversion"]?["logEnd"]?.AsArray() ?? []).Select(x => x!.GetValue<string>()));

    private static async Task<string> LogAsync(ServerProcess server, Guid run) =>
        string.Join('\n', (await server.GetAsync($"runs/{run}/log?pageSize=200"))["items"]!.AsArray().Select(x => $"{x!["at"]} {x["phase"],-12} {x["message"]}")) + "\n" + await LogEndAsync(server, run);

    private static async Task UntilAsync(ServerProcess server, Guid run, Func<Task<bool>> reached, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await reached())
        {
            if (await PhaseAsync(server, run) == "Failed" || TimeProvider.System.GetElapsedTime(began) > Patience)
            {
                throw new ShouldAssertException($"Not reached: {what}.\n{await LogAsync(server, run)}");
            }

            await Task.Delay(500, Cancellation);
        }
    }
}
