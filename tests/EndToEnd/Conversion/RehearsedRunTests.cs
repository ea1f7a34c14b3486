using System.Text.Json.Nodes;
using System.Xml.Linq;
using Migrate.EndToEnd.Tests.Kvm;
using Migrate.EndToEnd.Tests.Runs;
using Migrate.EndToEnd.Tests.Serve;
using Migrate.Executor.Destinations;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.EndToEnd.Tests.Conversion;

/// <summary>Warm runs whose cutover is rehearsed by libvirt, QEMU and, for a guest without virtio, virt-v2v, while the source goes on.</summary>
/// <remarks>MIGRATE_CONVERSIONS=all: also the guest that has to be converted, which takes minutes.</remarks>
[UsesDatabase]
public sealed class RehearsedRunTests
{
    private const string DebianMarker = "MIGRATE-DEBIAN-UP";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(40);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<bool> Guests => Libguestfs.IsAllWanted ? [false, true] : [false];

    [Theory]
    [MemberData(nameof(Guests))]
    public async Task A_guest_is_started_from_overlays_without_a_link_though_the_server_is_killed_and_nothing_of_it_is_left(bool converted)
    {
        var directory = LibvirtFixture.NewDirectory();
        var disk = Path.Combine(directory, "guest.raw");
        if (converted)
        {
            await Libguestfs.PrepareAsync();
            await Libguestfs.DebianAsync(disk, "--hostname", "rehearsed");
        }
        else
        {
            await GuestDisk.MakeAsync(disk, "--hostname", "rehearsed");
        }

        var vm = Estates.Vm(disk, power: EstatePower.On) with { Memory = (converted ? 512L : 256L) << 20 };
        await using var simulator = await SimulatorServer.StartAsync(Estates.Of(vm), new SimulatorOptions { BaseDirectory = directory }, Cancellation);
        var server = await ServerProcess.StartAsync(Path.Combine(directory, "data"));
        await using var libvirt = await LibvirtFixture.ConnectAsync();
        var domain = vm.Name + "-rehearsal";
        try
        {
            var password = Path.Combine(directory, "password");
            await File.WriteAllTextAsync(password, simulator.Password, Cancellation);
            await server.RunAsync("source", "add", "vc", "--url", $"{simulator.Url}", "--user", simulator.UserName, "--password-file", password, "--thumbprint", simulator.Thumbprint);
            await server.RunAsync("inventory", "sync", "vc");
            await server.RunAsync("host", "add", "here", "--uri", LibvirtFixture.Uri, "--domain-type", "qemu");
            await server.RunAsync(
                "plan", "create", "move", "--source", "vc", "--host", "here", "--vm", vm.Name, "--mode", "warm", "--downtime", "7200", "--pass-interval", "0", "--network", "VM Network=user",
                "--convert", converted ? "auto" : "never", "--expect-console", $"{vm.Name}={(converted ? DebianMarker : Estates.Marker)}", "--boot-timeout", "1500");
            await server.RunAsync("wave", "start", "move", "--wave", "1");
            var run = (await server.GetAsync($"runs?vm={vm.Name}"))["items"]!.AsArray().ShouldHaveSingleItem()!["id"]!.GetValue<Guid>();
            await UntilAsync(server, run, async () => await PhaseAsync(server, run) == "Ready", "it is ready");

            await server.RunAsync("run", "rehearse", vm.Name);
            await UntilAsync(server, run, () => libvirt.ExistsAsync(domain, Cancellation), "the guest is started");
            var xml = XElement.Parse(await libvirt.ReadXmlAsync(domain, inactive: false, Cancellation));
            xml.Descendants("interface").ShouldHaveSingleItem().Element("link")!.Attribute("state")!.Value.ShouldBe("down");
            xml.Descendants("disk").ShouldHaveSingleItem().Element("driver")!.Attribute("type")!.Value.ShouldBe("qcow2");
            (await Programs.OutputOfAsync("virsh", "-c", LibvirtFixture.Uri, "dominfo", domain)).ShouldMatch(@"Persistent:\s+no");
            simulator.PowerStateOf(vm.Name).ShouldBe("poweredOn");
            (await libvirt.ExistsAsync(vm.Name, Cancellation)).ShouldBeFalse("only its rehearsal runs");
            await server.KillAsync();
            await EndsAsync(libvirt, domain);

            await server.DisposeAsync();
            server = await ServerProcess.StartAsync(server.DataDirectory);
            await UntilAsync(server, run, async () => await RehearsalAsync(server, run) is { } x && x["state"]!.GetValue<string>() is "Works" or "Failed" or "Inconclusive", "it is rehearsed");
            var rehearsal = (await RehearsalAsync(server, run))!;
            rehearsal["state"]!.GetValue<string>().ShouldBe("Works", rehearsal.ToJsonString());
            rehearsal["bootSeconds"]!.GetValue<double>().ShouldBeGreaterThan(0);
            rehearsal["isConverted"]!.GetValue<bool>().ShouldBe(converted);
            (await server.RunAsync("run", "show", vm.Name)).ShouldContain("rehearsal: Works");
            if (converted)
            {
                var seconds = rehearsal["conversionSeconds"]!.GetValue<double>();
                (await server.GetAsync($"runs/{run}/forecast"))["downtimeSeconds"]!["likely"]!.GetValue<double>().ShouldBeGreaterThan(seconds);
                rehearsal["reason"]!.GetValue<string>().ShouldContain("adapters=virtio_scsi");
            }

            (await libvirt.ExistsAsync(domain, Cancellation)).ShouldBeFalse();
            Directory.GetFiles(server.DataDirectory, "*.qcow2", SearchOption.AllDirectories).ShouldBeEmpty();
            Directory.GetFiles(server.DataDirectory, "*.fd", SearchOption.AllDirectories).ShouldBeEmpty();
            (await PhaseAsync(server, run)).ShouldBe("Ready");
            simulator.PowerStateOf(vm.Name).ShouldBe("poweredOn");

            // What was copied is as it was, and the target has it again: a pass goes on writing to it.
            await Programs.OutputOfAsync("cmp", disk, Directory.GetFiles(Path.Combine(server.DataDirectory, "target"), "*.raw").ShouldHaveSingleItem());
            simulator.Guests.Write(vm.Name, 0, 512, 512, 77);
            var made = (await server.GetAsync($"runs/{run}/passes"))["total"]!.GetValue<int>();
            await server.RunAsync("run", "sync", vm.Name);
            await UntilAsync(server, run, async () => await PhaseAsync(server, run) == "Ready" && (await server.GetAsync($"runs/{run}/passes"))["total"]!.GetValue<int>() > made, "another pass is made");
        }
        finally
        {
            await server.DisposeAsync();
            await libvirt.DestroyAsync(domain, CancellationToken.None);
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>libvirt notices that its client is gone, and ends what that started.</summary>
    private static async Task EndsAsync(LibvirtConnection libvirt, string domain)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (await libvirt.ExistsAsync(domain, Cancellation))
        {
            TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromMinutes(5), "the domain outlives the server that started it");
            await Task.Delay(200, Cancellation);
        }
    }

    private static async Task<JsonNode?> RehearsalAsync(ServerProcess server, Guid run) => (await server.GetAsync($"runs/{run}"))["rehearsal"];

    private static async Task<string> PhaseAsync(ServerProcess server, Guid run) => (await server.GetAsync($"runs/{run}"))["run"]!["phase"]!.GetValue<string>();

    private static async Task UntilAsync(ServerProcess server, Guid run, Func<Task<bool>> reached, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await reached())
        {
            var detail = await server.GetAsync($"runs/{run}");
            if (detail["run"]!["phase"]!.GetValue<string>() == "Failed" || detail["rehearsal"]?["state"]?.GetValue<string>() == "Failed" || TimeProvider.System.GetElapsedTime(began) > Patience)
            {
                throw new ShouldAssertException($"Not reached: {what}.\n{detail.ToJsonString()}");
            }

            await Task.Delay(500, Cancellation);
        }
    }
}
