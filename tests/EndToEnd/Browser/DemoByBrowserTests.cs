using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Migrate.EndToEnd.Tests.Kvm;
using Migrate.EndToEnd.Tests.Runs;
using Migrate.EndToEnd.Tests.Serve;
using Migrate.Executor.Destinations;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.EndToEnd.Tests.Browser;

/// <summary>
/// A guest is moved by somebody who has a browser and nothing else: from the empty server over source, host, plan and wave to the report. On the
/// way every page is looked at as people with other eyes and other machines would see it.
/// </summary>
[UsesDatabase]
public sealed partial class DemoByBrowserTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_guest_is_moved_from_the_first_page_to_its_report()
    {
        var directory = LibvirtFixture.NewDirectory();
        var disk = Path.Combine(directory, "guest.raw");
        await GuestDisk.MakeAsync(disk, "--hostname", "web01");
        var vm = Estates.Vm(disk, power: EstatePower.On) with { Name = "shop-web01", Folder = "shop", HostName = "web01" };
        await RemoveDomainAsync(vm.Name); // Of a run that was killed: the name is no random one, for the documents' sake.
        await using var simulator = await SimulatorServer.StartAsync(Estates.Of([vm, .. Others]), new SimulatorOptions { BaseDirectory = directory, StateDirectory = Path.Combine(directory, "simulator") }, Cancellation);
        var server = await ServerProcess.StartAsync(Path.Combine(directory, "data"));
        await using var chromium = await Chromium.StartAsync();
        try
        {
            var page = await chromium.OpenAsync(server.Url);
            await LogInAsync(page, server);
            await LookAsync(chromium, server, page, "first-run");

            await AddSourceAsync(page, simulator);
            await LookAsync(chromium, server, page, "source");
            await AddHostAsync(page);
            await CollectAsync(page, vm);
            await PlanAsync(page, vm);
            await LookAsync(chromium, server, page, "plan");
            await RunAsync(chromium, server, page, vm);
            await AddLaterAsync(page);

            foreach (var (path, name) in new[] { ("/", "overview"), ("/inventory", "inventory"), ("/inventory?worst=Critical&columns=guest&columns=changeRate&columns=concerns&columns=plan", "inventory-filtered"), ("/inventory/to-plan?source=dc1&match=all", "inventory-all"), ("/plans", "plans"), ("/runs", "runs"), ("/sources", "sources"), ("/hosts/here", "host"), ("/work", "jobs"), ("/reports", "reports"), ("/target", "target"), ("/plans/first/waves", "waves"), ("/plans/first/waves/1", "checklist"), ("/limits", "limits"), ("/audit", "audit"), ("/baselines", "baselines"), ("/sources/add-files", "add-files"), ("/settings/users", "users"), ("/settings/users/ana", "user"), ("/settings/keys", "keys"), ("/settings/messages", "messages"), ("/settings/in-force", "in-force"), ("/account", "account"), ("/about", "about") })
            {
                await page.GotoAsync(path);
                await LookAsync(chromium, server, page, name);
            }

            await page.GotoAsync("/inventory");
            await page.GetByRole(AriaRole.Link, new() { Name = vm.Name }).ClickAsync();
            await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Planned domain" })).ToBeVisibleAsync();
            await LookAsync(chromium, server, page, "vm");

            chromium.Complaints.ShouldBeEmpty();
        }
        finally
        {
            await server.DisposeAsync();
            await RemoveDomainAsync(vm.Name);

            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>What stands beside the guest in the estate: somebody's shop, none of which is moved but by its plan.</summary>
    private static IEnumerable<EstateVm> Others =>
    [
        Other("shop-app01", 4, 16, 80, EstatePower.On), Other("shop-app02", 4, 16, 80, EstatePower.On), Other("shop-db01", 8, 64, 500, EstatePower.On),
        Other("mail01", 2, 8, 200, EstatePower.On), Other("dns01", 1, 2, 20, EstatePower.On), Other("build-old", 2, 4, 60, EstatePower.Off),
    ];

    private static EstateVm Other(string name, int cpus, long memoryGiB, long diskGiB, EstatePower power) => new()
    {
        Name = name,
        Folder = name.Split('-')[0],
        Datastore = name == "shop-db01" ? Estates.Vsan : Estates.Vmfs,
        Power = power,
        Cpus = cpus,
        Memory = memoryGiB << 30,
        Disks = [new EstateDisk { Capacity = diskGiB << 30 }],
    };

    private static async Task RemoveDomainAsync(string name)
    {
        await using var libvirt = await LibvirtConnection.OpenAsync(LibvirtFixture.Uri, TimeProvider.System, CancellationToken.None);
        await libvirt.DestroyAsync(name, CancellationToken.None);
        await libvirt.UndefineAsync(name, removeNvram: true, CancellationToken.None);
    }

    /// <summary>From here on the session's cookie is all that the browser has.</summary>
    private static async Task LogInAsync(IPage page, ServerProcess server)
    {
        await page.GotoAsync("/");
        await Assertions.Expect(page).ToHaveURLAsync(LoginUrl());
        await JudgeAsync(page, "login");
        await page.GetByLabel("Password, or the administrator's token").FillAsync(server.Token);
        await page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Overview" })).ToBeVisibleAsync();
    }

    private static async Task AddSourceAsync(IPage page, SimulatorServer simulator)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "Add source" }).First.ClickAsync();
        await page.GetByLabel("Address").FillAsync(simulator.Url.ToString());
        await page.GetByRole(AriaRole.Button, new() { Name = "Test connection" }).ClickAsync();
        await Assertions.Expect(page.GetByText(simulator.Thumbprint)).ToBeVisibleAsync();
        await JudgeAsync(page, "certificate");
        await page.GetByLabel("It is the same").CheckAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("dc1");
        await page.GetByLabel("User").FillAsync(simulator.UserName);
        await page.GetByLabel("Password").FillAsync(simulator.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Log in and add" }).ClickAsync();
        await Assertions.Expect(page.GetByText("The source was added: its login works.")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Look at dc1" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Synchronise" }).ClickAsync();
        await Assertions.Expect(page.GetByText("The inventory was read.")).ToBeVisibleAsync();
    }

    private static async Task AddHostAsync(IPage page)
    {
        await page.GotoAsync("/");
        await page.GetByRole(AriaRole.Link, new() { Name = "Add KVM host" }).ClickAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("here");
        await page.GetByLabel("Acceleration").SelectOptionAsync("qemu");
        await page.GetByRole(AriaRole.Button, new() { Name = "Probe and add" }).ClickAsync();
        await Assertions.Expect(page.GetByText("The host answers and was added.")).ToBeVisibleAsync();
    }

    private static async Task CollectAsync(IPage page, EstateVm vm)
    {
        await page.GotoAsync("/inventory");
        await page.GetByLabel($"Choose {vm.Name}").CheckAsync();
        await page.GetByLabel("Choose shop-db01").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Their baselines" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Collect from now on" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Counters are collected from now on")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByLabel("Stop collecting shop-db01")).ToBeVisibleAsync();
    }

    /// <summary>A VM comes into the plan while its first wave has moved, and is taken out; somebody is let in, and a key is made.</summary>
    private static async Task AddLaterAsync(IPage page)
    {
        await page.GotoAsync("/inventory");
        await page.GetByLabel("Choose shop-app01").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add to this plan" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Add to a plan" })).ToBeVisibleAsync();
        await JudgeAsync(page, "to-plan");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add to first" }).ClickAsync();
        await Assertions.Expect(page.GetByText("The VMs came into the plan")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Wave 2" })).ToBeVisibleAsync();
        await JudgeAsync(page, "plan-second-wave");
        await page.GetByLabel("Take shop-app01 out of the plan").ClickAsync();
        await Assertions.Expect(page.GetByText("The VM was taken out of the plan.")).ToBeVisibleAsync();

        await page.GotoAsync("/settings/users");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("ana");
        await page.GetByLabel("Password").FillAsync("a sentence that nobody guesses");
        await page.GetByLabel("Operator").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add user" }).ClickAsync();
        await Assertions.Expect(page.GetByText("The user was added")).ToBeVisibleAsync();
        await page.GotoAsync("/settings/keys");
        await page.GetByLabel("What it is for").FillAsync("monitoring");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make key" }).ClickAsync();
        await Assertions.Expect(page.GetByText("It is shown this once")).ToBeVisibleAsync();
        await JudgeAsync(page, "key-made");
    }

    private static async Task PlanAsync(IPage page, EstateVm vm)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "Inventory", Exact = true }).ClickAsync();
        await page.GetByLabel($"Choose {vm.Name}").CheckAsync();
        await Assertions.Expect(page.GetByText("1 chosen")).ToBeVisibleAsync();
        await JudgeAsync(page, "inventory-chosen");
        await page.GetByRole(AriaRole.Button, new() { Name = "Plan the chosen VMs" }).ClickAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("first");
        await page.GetByLabel("Runs may shut guests down").CheckAsync();
        await page.GetByLabel("What VM Network becomes").SelectOptionAsync("user:");
        await page.GetByLabel($"Text that the console of {vm.Name} must show").FillAsync(Estates.Marker);
        await JudgeAsync(page, "new-plan");
        await page.GetByText("How it is proven").ClickAsync();
        await page.GetByLabel("Wait for its agent").FillAsync("0");
        await page.GetByLabel("Observe its I/O for").FillAsync("15");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make the plan" }).ClickAsync();
        await Assertions.Expect(page.GetByText("The plan was made.")).ToBeVisibleAsync();
    }

    private static async Task RunAsync(Chromium chromium, ServerProcess server, IPage page, EstateVm vm)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Start wave 1" }).ClickAsync();
        await Assertions.Expect(page.GetByText("The wave was started.")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = vm.Name }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = vm.Name })).ToBeVisibleAsync();
        await page.EvaluateAsync("() => { window.mark = 'not loaded again'; }");
        await LookAsync(chromium, server, page, "run", reload: false);

        // Nobody reloads: the stream of events brings the page up to date.
        await Assertions.Expect(page.GetByText("It has moved", new() { Exact = true })).ToBeVisibleAsync(new() { Timeout = 600_000 });
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Pause" })).Not.ToBeVisibleAsync();
        (await page.EvaluateAsync<string>("() => window.mark")).ShouldBe("not loaded again");
        await Assertions.Expect(page.GetByText("What was sent is there")).ToBeVisibleAsync();
        await LookAsync(chromium, server, page, "run-completed", reload: false);

        using var plain = new HttpClient { BaseAddress = server.Url, DefaultRequestHeaders = { Authorization = new("Bearer", server.Token) } };
        plain.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        (await plain.GetStringAsync(page.Url, Cancellation)).ShouldContain("It has moved", customMessage: "the same without scripts, by loading it again");

        var run = page.Url;
        await page.GetByRole(AriaRole.Link, new() { Name = "Migration report" }).ClickAsync();
        await Assertions.Expect(page).ToHaveTitleAsync(VmTitle());
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = vm.Name }).First).ToBeVisibleAsync();
        await page.GotoAsync(run);
    }

    /// <summary>Light and dark, wide and narrow.</summary>
    private static async Task LookAsync(Chromium chromium, ServerProcess server, IPage page, string name, bool reload = true)
    {
        await JudgeAsync(page, name);
        if (!reload)
        {
            return;
        }

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

    [GeneratedRegex("/login\\?returnTo=")]
    private static partial Regex LoginUrl();

    [GeneratedRegex("Migration of ")]
    private static partial Regex VmTitle();
}
