using System.Net.Http.Json;
using System.Text.Json;
using Migrate.Api.Tests.Pages;
using Migrate.Planner.VSphere.Privileges;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Api.Tests.Inventory;

/// <summary>What an account lacks is told when it is put on record, and on demand.</summary>
public sealed class PrivilegeTests(RunningServer server)
{
    private const string Password = "rehearsal";

    private static readonly Estate Limited = new()
    {
        Users =
        [
            new EstateUser { Name = "copier", Privileges = ["Datastore.Browse", "Datastore.FileManagement", "VApp.Export", "VirtualMachine.Interact.PowerOff", "StorageProfile.View", "Host.Config.Storage"] },
        ],
        Datastores = [new EstateDatastore { Name = "ds1" }],
        Vms = [.. Enumerable.Range(1, 8).Select(n => new EstateVm { Name = $"web0{n}", Datastore = "ds1", Folder = $"folder{n}" })],
    };

    private static readonly string[] Lacking =
    [
        "VirtualMachine.Config.ChangeTracking", "VirtualMachine.State.CreateSnapshot", "VirtualMachine.State.RemoveSnapshot",
        "VirtualMachine.Provisioning.DiskRandomRead", "VirtualMachine.Interact.PowerOn",
        "VirtualMachine.Config.EditDevice", "VirtualMachine.Interact.DeviceConnection", "VirtualMachine.Config.Annotation",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Adding_a_source_tells_exactly_what_its_account_lacks_and_where_the_script_is()
    {
        await using var simulator = await SimulatorServer.StartAsync(Limited, cancellationToken: Cancel);
        var added = await AddAsync(simulator, "limited", "copier");
        added.ExitCode.ShouldBe(0, added.Error);
        added.Out.ShouldContain("copier lacks 8 privileges:");
        var rows = added.Out.Split('\n').Where(l => Lacking.Concat(["VApp.Export", "Datastore.Browse"]).Any(l.StartsWith)).ToList();
        rows.Count.ShouldBe(8);
        rows.ShouldContain(r => r.StartsWith("VirtualMachine.Interact.PowerOn ") && r.Contains("Power") && r.Contains(" more"));
        added.Error.ShouldContain("migrate source privileges limited --script govc");

        var table = await server.RunAsync("source", "privileges", "limited");
        table.ExitCode.ShouldBe(0, table.Error);
        Enumerable.Range(1, 8).ShouldAllBe(n => table.Out.Contains($"folder{n}"));
        var script = await server.RunAsync("source", "privileges", "limited", "--script", "govc");
        script.Out.ShouldBe(RoleScript.Govc("copier"));
        (await server.RunAsync("source", "privileges", "limited", "--script", "powercli")).Out.ShouldBe(RoleScript.PowerCli("copier"));

        using var client = server.Client();
        var view = await client.GetFromJsonAsync<JsonElement>("api/v1/sources/limited/privileges", Cancel);
        view.GetProperty("missing").EnumerateArray().Select(m => m.GetProperty("id").GetString()).Distinct().ShouldBe(Lacking, ignoreOrder: true);
        view.GetProperty("userName").GetString().ShouldBe("copier");

        // What was asked last is told without asking again, in pages as in commands.
        using var browser = new Browser(server);
        var page = await browser.PageAsync("/sources/limited");
        page.ShouldContain("8 privileges missing");
        page.ShouldContain("<code>VirtualMachine.Interact.PowerOn</code>");
        page.ShouldContain("Check now for a script");
        (await browser.PageAsync("/sources/limited?privileges=yes")).ShouldContain("PowerCLI script");
        (await browser.PageAsync("/sources")).ShouldContain("8 privileges missing");
        var kept = await client.GetFromJsonAsync<JsonElement>("api/v1/sources/limited", Cancel);
        kept.GetProperty("lacks").GetArrayLength().ShouldBe(8);
        var asked = kept.GetProperty("privilegesAt").GetDateTime();
        (await server.RunAsync("source", "show", "limited")).Out.ShouldContain("8 privileges missing, asked ");
        (await server.RunAsync("source", "privileges", "limited")).ExitCode.ShouldBe(0);
        (await client.GetFromJsonAsync<JsonElement>("api/v1/sources/limited", Cancel)).GetProperty("privilegesAt").GetDateTime().ShouldBeGreaterThan(asked, "it was asked again");

        // Somebody gives the privileges to another account, which is put on record: nothing is missing any more.
        var updated = await UpdateAsync("limited", simulator.UserName);
        updated.Out.ShouldNotContain("lacks");
        updated.Error.ShouldNotContain("--script");
        (await server.RunAsync("source", "privileges", "limited")).Error.ShouldContain("lacks nothing");
        (await server.RunAsync("source", "show", "limited")).Out.ShouldContain("nothing is missing, asked ");
        (await UpdateAsync("limited", "copier")).Out.ShouldContain("copier lacks 8 privileges:");
    }

    [Fact]
    public async Task Programs_get_it_as_data()
    {
        await using var simulator = await SimulatorServer.StartAsync(Limited, cancellationToken: Cancel);
        var lacks = JsonDocument.Parse((await AddAsync(simulator, "limited-json", "copier", "--json")).Out).RootElement.GetProperty("lacks");
        lacks.EnumerateArray().Select(l => l.GetProperty("id").GetString()).ShouldBe(Lacking, ignoreOrder: true);
        var power = lacks.EnumerateArray().Single(l => l.GetProperty("id").GetString() == "VirtualMachine.Interact.PowerOn");
        power.GetProperty("objects").GetArrayLength().ShouldBe(5);
        power.GetProperty("objectCount").GetInt32().ShouldBeGreaterThanOrEqualTo(8);
        JsonDocument.Parse((await AddAsync(simulator, "whole-json", simulator.UserName, "--json")).Out).RootElement.GetProperty("lacks").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task A_source_of_files_has_no_privileges_and_says_so()
    {
        var folder = Directory.CreateTempSubdirectory("vmx");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "a.vmx"), "displayName = \"a\"\nmemSize = \"4\"\n", Cancel);
        var added = await server.RunAsync("source", "add", "files", "--vmx", folder.FullName, "--json");
        added.ExitCode.ShouldBe(0, added.Error);
        JsonDocument.Parse(added.Out).RootElement.GetProperty("lacks").ValueKind.ShouldBe(JsonValueKind.Null);
        (await server.RunAsync("source", "privileges", "files")).Error.ShouldContain("files of this machine");
        folder.Delete(recursive: true);
    }

    private Task<CommandResult> AddAsync(SimulatorServer simulator, string name, string user, params string[] more) => server.RunWithAsync(
        new() { ["MIGRATE_PASSWORD"] = Password }, ["source", "add", name, "--url", simulator.Url.ToString(), "--user", user, "--thumbprint", simulator.Thumbprint, .. more]);

    private async Task<CommandResult> UpdateAsync(string name, string user)
    {
        var result = await server.RunAsync("source", "update", name, "--user", user);
        result.ExitCode.ShouldBe(0, result.Error);
        return result;
    }
}
