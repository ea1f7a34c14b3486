using Microsoft.Playwright;
using Migrate.Api.Tests.Waves;
using Migrate.EndToEnd.Tests.Browser;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Pages;

/// <summary>Another host's networks are offered in the form as it was filled in, by a real browser.</summary>
[UsesDatabase]
public sealed class NewPlanByBrowserTests(RunningServer server)
{
    private const string Bridged = """
        { "libvirt": "10.0.0", "qemu": "8.2.0", "cpuModel": "Skylake-Server", "cpus": 16, "memoryBytes": 137438953472, "uri": "test:///default", "hostName": "kvm", "ioUring": { "usable": true, "detail": "" }, "readAt": "2026-03-01T10:00:00Z",
          "nics": [{ "name": "keep-br7", "kind": "bridge" }], "networks": [] }
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_typed_stays_when_another_host_is_chosen()
    {
        await using var simulator = await WaveSite.OpenAsync(server, "keep");
        await using (var db = await server.DatabaseAsync())
        {
            db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "keep-bridged", Uri = "test:///default", DomainType = "kvm", Facts = Bridged });
            db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "keep-other", Uri = "test:///default", DomainType = "kvm", Facts = Bridged.Replace("keep-br7", "keep-br8", StringComparison.Ordinal) });
            await db.SaveChangesAsync(Cancel);
        }

        await using var chromium = await Chromium.StartAsync();
        var page = await chromium.OpenAsync(server.Url, server.Token);
        await page.GotoAsync("/plans/new?source=keep-vc&match=%3Ffilter%3Dkeep-db&host=keep-bridged");
        var (network, there) = (page.GetByLabel("What VM Network becomes"), page.GetByLabel("Name of the bridge or network that VM Network becomes"));
        var (wave, console) = (page.GetByLabel("Wave of keep-db"), page.GetByLabel("Text that the console of keep-db must show"));
        var offer = page.GetByRole(AriaRole.Button, new() { Name = "Offer the networks of the chosen host" });
        // Before there is a name: what is required of a plan is not of this button.
        await page.GetByLabel("Warm: it runs").CheckAsync();
        await page.GetByLabel("Runs may shut guests down").CheckAsync();
        await network.SelectOptionAsync("bridge:keep-br7");
        await wave.FillAsync("7");
        await console.FillAsync("a <b> \"login\":");
        await page.Locator("summary").ClickAsync();
        await page.GetByLabel("Guest must be up within").FillAsync("123");
        await page.GetByLabel("Proof of the copies").SelectOptionAsync("Sample");

        await page.GetByLabel("KVM host").SelectOptionAsync("keep-other");
        await offer.ClickAsync();
        await Assertions.Expect(page.Locator("#host-help")).ToHaveTextAsync("Below are the bridges and networks of keep-other.");
        (await network.Locator("option[value='bridge:keep-br8']").CountAsync()).ShouldBe(1);
        (await network.InputValueAsync(), await there.InputValueAsync()).ShouldBe(("bridge", "keep-br7"), "it stays by its name");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("keep-made");
        await AllIsKeptAsync("keep-other");

        await page.GetByLabel("KVM host").SelectOptionAsync("keep-bridged");
        await offer.ClickAsync();
        await Assertions.Expect(page.Locator("#host-help")).ToHaveTextAsync("Below are the bridges and networks of keep-bridged.");
        (await network.InputValueAsync(), await there.InputValueAsync()).ShouldBe(("bridge:keep-br7", ""));
        (await page.GetByLabel("Name", new() { Exact = true }).InputValueAsync()).ShouldBe("keep-made");
        await AllIsKeptAsync("keep-bridged");

        // The Enter key makes the plan, and nothing was made before.
        (await server.Client().GetStringAsync("/api/v1/plans?filter=keep-made", Cancel)).ShouldContain("\"total\":0");
        await page.GetByLabel("Name", new() { Exact = true }).PressAsync("Enter");
        await Assertions.Expect(page.GetByRole(AriaRole.Main)).ToContainTextAsync("See what stands against it, check it by trying", new() { Timeout = 60_000 });
        var made = await server.Client().GetStringAsync("/api/v1/plans/keep-made", Cancel);
        made.ShouldContain("keep-br7");
        chromium.Complaints.ShouldBeEmpty();

        async Task AllIsKeptAsync(string host)
        {
            (await page.GetByLabel("KVM host").InputValueAsync()).ShouldBe(host);
            (await page.GetByLabel("Warm: it runs").IsCheckedAsync()).ShouldBeTrue();
            (await page.GetByLabel("Runs may shut guests down").IsCheckedAsync()).ShouldBeTrue();
            (await page.GetByLabel("No VM is cut over before").IsCheckedAsync()).ShouldBeFalse();
            (await wave.InputValueAsync()).ShouldBe("7");
            (await console.InputValueAsync()).ShouldBe("a <b> \"login\":");
            (await page.GetByLabel("Guest must be up within").InputValueAsync()).ShouldBe("123");
            (await page.GetByLabel("Proof of the copies").InputValueAsync()).ShouldBe("Sample");
        }
    }
}
