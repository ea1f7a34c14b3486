using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Api.Tests.Inventory;

/// <summary>A VM's name says which source is meant, as long as only one has it.</summary>
public sealed class NamedVmTests(RunningServer server)
{
    private const string Password = "names-pass";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_several_sources_the_one_that_has_the_VM_is_meant()
    {
        await using var first = await StartAsync("named-first", "only-there", "in-both");
        await using var second = await StartAsync("named-second", "in-both");
        try
        {
            var shown = await server.RunAsync("inventory", "show", "only-there");
            shown.ExitCode.ShouldBe(0, shown.Error);
            shown.Out.ShouldContain("only-there");
            (await server.RunAsync("baseline", "show", "only-there")).Error.ShouldContain("Nothing was collected yet of the VM 'only-there' of source 'named-first'");

            var both = await server.RunAsync("inventory", "show", "in-both");
            (both.ExitCode, both.Out).ShouldBe((2, ""));
            both.Error.ShouldContain("Several sources have a VM 'in-both': named-first, named-second");
            both.Error.ShouldContain("--source");
            (await server.RunAsync("inventory", "show", "in-both", "--source", "named-second")).ExitCode.ShouldBe(0);

            var nowhere = await server.RunAsync("inventory", "show", "in-none");
            (nowhere.ExitCode, nowhere.Out).ShouldBe((1, ""));
            nowhere.Error.ShouldContain("No source has a VM named 'in-none'");
        }
        finally
        {
            await server.RunAsync("source", "remove", "named-first");
            await server.RunAsync("source", "remove", "named-second");
        }
    }

    private async Task<SimulatorServer> StartAsync(string name, params string[] vms)
    {
        var estate = new Estate { Datastores = [new EstateDatastore { Name = "ds1" }], Vms = [.. vms.Select(x => new EstateVm { Name = x, Datastore = "ds1", Disks = [new EstateDisk { Capacity = 1 << 20 }] })] };
        var simulator = await SimulatorServer.StartAsync(estate, new SimulatorOptions { Password = Password }, Cancel);
        var added = await server.RunWithAsync(
            new() { ["MIGRATE_PASSWORD"] = Password }, "source", "add", name, "--url", simulator.Url.ToString(), "--user", simulator.UserName, "--thumbprint", simulator.Thumbprint);
        added.ExitCode.ShouldBe(0, added.Error);
        (await server.RunAsync("inventory", "sync", name)).ExitCode.ShouldBe(0);
        return simulator;
    }
}
