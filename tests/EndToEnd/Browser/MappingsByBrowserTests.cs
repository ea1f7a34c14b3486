using Microsoft.Playwright;
using Migrate.EndToEnd.Tests.Kvm;
using Migrate.EndToEnd.Tests.Runs;
using Migrate.EndToEnd.Tests.Serve;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.EndToEnd.Tests.Browser;

/// <summary>What a plan's networks become is chosen from what a real host has: bridges of its kernel and networks of its libvirt.</summary>
[UsesDatabase]
public sealed class MappingsByBrowserTests
{
    private const string Lab = "migrate-lab";
    // No random names, for the documents' sake.
    private static readonly string[] Bridges = ["br-front", "br-storage"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Networks_are_mapped_to_what_the_host_has()
    {
        var directory = LibvirtFixture.NewDirectory();
        await RemoveAsync(); // Of a test that was killed.
        await using var simulator = await SimulatorServer.StartAsync(Shop, new SimulatorOptions { BaseDirectory = directory }, Cancellation);
        var server = await ServerProcess.StartAsync(Path.Combine(directory, "data"));
        await using var chromium = await Chromium.StartAsync();
        try
        {
            await MakeAsync(directory);
            await PlanAsync(server, simulator, directory);
            simulator.Changes.RenameNetwork("dmz", "dmz-2026");
            await server.RunAsync("inventory", "sync", "dc1");

            var page = await chromium.OpenAsync(server.Url, server.Token);
            await page.GotoAsync("/plans/shop");
            await page.GetByRole(AriaRole.Link, new() { Name = "Mappings", Exact = true }).ClickAsync();
            await Assertions.Expect(page.GetByText("1 network is not mapped")).ToBeVisibleAsync();
            await LookAsync(chromium, server, page, "mappings");
            var first = page.Locator("form section table tbody tr").First;
            await Assertions.Expect(first).ToContainTextAsync("dmz-2026");
            await Assertions.Expect(first).ToContainTextAsync("Not mapped");
            var offered = await page.GetByLabel("What dmz-2026 becomes").Locator("option").EvaluateAllAsync<string[]>("all => all.map(x => x.value)");
            offered.Where(x => x.StartsWith("bridge:", StringComparison.Ordinal)).ShouldBe(
                (await Programs.OutputOfAsync("bash", "-c", "for b in /sys/class/net/*/bridge; do basename \"$(dirname \"$b\")\"; done")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(x => "bridge:" + x), ignoreOrder: true);
            offered.Where(x => x.StartsWith("network:", StringComparison.Ordinal)).ShouldBe(
                (await Programs.OutputOfAsync("virsh", "-c", LibvirtFixture.Uri, "net-list", "--all", "--name")).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(x => "network:" + x), ignoreOrder: true);

            // A bridge goes away after the probe, and comes to be known so by the next one.
            await Programs.OutputOfAsync("ip", "link", "del", Bridges[1]);
            await server.RunAsync("host", "probe", "kvm1");
            await page.ReloadAsync();
            await Assertions.Expect(page.GetByText("1 mapping leads to what kvm1 does not have")).ToBeVisibleAsync();
            await page.GetByLabel("What dmz-2026 becomes").SelectOptionAsync($"network:{Lab}");
            await page.GetByLabel("What database becomes").SelectOptionAsync($"bridge:{Bridges[0]}");
            await page.GetByLabel("Why it changes").FillAsync("change 4711: the storage bridge is gone");
            await page.GetByRole(AriaRole.Button, new() { Name = "Save mappings" }).ClickAsync();
            await Assertions.Expect(page.GetByText("The mappings are saved.")).ToBeVisibleAsync();
            await Assertions.Expect(page.GetByText("not mapped", new() { Exact = false })).Not.ToBeVisibleAsync();
            await LookAsync(chromium, server, page, "mappings-saved");

            var domain = await server.RunAsync("plan", "domain", "shop", "shop-db01", "--xml");
            domain.ShouldContain($"bridge=\"{Bridges[0]}\"", customMessage: "the domain goes by what is mapped now");
            chromium.Complaints.ShouldBeEmpty();
        }
        finally
        {
            await server.DisposeAsync();
            await RemoveAsync();
            Directory.Delete(directory, recursive: true);
        }
    }

    private static Estate Shop => Estates.Of(
        [
            Vm("shop-web01", 40, "frontend"), Vm("shop-web02", 40, "frontend"), Vm("shop-web03", 40, "frontend", "dmz"), Vm("shop-app01", 80, "VM Network"), Vm("shop-app02", 80, "VM Network"),
            Vm("shop-db01", 500, "database", "VM Network"), Vm("shop-db02", 500, "database"),
        ]) with
    {
        Networks =
        [
            new EstateNetwork { Name = "VM Network" }, new EstateNetwork { Name = "frontend", Switch = "dvs-shop", Vlan = 20 }, new EstateNetwork { Name = "database", Switch = "dvs-shop", Vlan = 30 },
            new EstateNetwork { Name = "dmz", Switch = "dvs-shop", Vlan = 99 },
        ],
    };

    private static EstateVm Vm(string name, long diskGiB, params string[] networks) => new()
    {
        Name = name,
        Folder = "shop",
        Datastore = name.StartsWith("shop-db", StringComparison.Ordinal) ? Estates.Vsan : Estates.Vmfs,
        Power = EstatePower.Off,
        Disks = [new EstateDisk { Capacity = diskGiB << 30 }],
        Nics = [.. networks.Select(x => new EstateVmNic { Network = x })],
    };

    private static async Task PlanAsync(ServerProcess server, SimulatorServer simulator, string directory)
    {
        var secret = Path.Combine(directory, "secret");
        await File.WriteAllTextAsync(secret, simulator.Password, Cancellation);
        await server.RunAsync("source", "add", "dc1", "--url", simulator.Url.ToString(), "--user", simulator.UserName, "--thumbprint", simulator.Thumbprint, "--password-file", secret);
        await server.RunAsync("inventory", "sync", "dc1");
        await server.RunAsync("host", "add", "kvm1", "--uri", LibvirtFixture.Uri, "--domain-type", "qemu");
        await server.RunAsync(
        [
            "plan", "create", "shop", "--source", "dc1", "--host", "kvm1", .. Shop.Vms.SelectMany(x => new[] { "--vm", x.Name }),
            "--network", $"VM Network=bridge:{Bridges[0]}", "--network", $"frontend=bridge:{Bridges[0]}", "--network", $"database=bridge:{Bridges[1]}", "--network", "dmz=none",
        ]);
    }

    private static async Task MakeAsync(string directory)
    {
        foreach (var bridge in Bridges)
        {
            await Programs.OutputOfAsync("ip", "link", "add", "name", bridge, "type", "bridge");
        }

        var network = Path.Combine(directory, "network.xml");
        await File.WriteAllTextAsync(network, $"<network><name>{Lab}</name></network>", Cancellation);
        await Programs.OutputOfAsync("virsh", "-c", LibvirtFixture.Uri, "net-define", network);
    }

    private static Task<string> RemoveAsync() => Programs.OutputOfAsync(
        "bash", "-c", $"for b in {string.Join(' ', Bridges)}; do [ ! -e /sys/class/net/$b ] || ip link del $b; done; virsh -c {LibvirtFixture.Uri} net-list --all --name | grep -qx {Lab} && virsh -c {LibvirtFixture.Uri} net-undefine {Lab}; true");

    /// <summary>Light and dark, wide and narrow.</summary>
    private static async Task LookAsync(Chromium chromium, ServerProcess server, IPage page, string name)
    {
        await JudgeAsync(page, name);
        foreach (var (width, scheme, suffix) in new[] { (1280, ColorScheme.Dark, "-dark"), (390, ColorScheme.Light, "-phone") })
        {
            var other = await chromium.OpenAsync(server.Url, server.Token, width, scheme: scheme);
            await other.GotoAsync(page.Url);
            await JudgeAsync(other, name + suffix);
            await other.Context.CloseAsync();
        }
    }

    private static async Task JudgeAsync(IPage page, string name)
    {
        await Chromium.PictureAsync(page, name);
        await GuidePictures.TakeAsync(page, name);
        (await Looks.FindWrongAsync(page)).ShouldBeEmpty(name);
    }
}
