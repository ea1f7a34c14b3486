using System.Text.Json;
using Migrate.Executor.Destinations;
using Migrate.Planner.Persistence;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Api.Tests.Waves;

/// <summary>A plan of three VMs that are off, whose waves are to be planned.</summary>
internal static class WaveSite
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Source, host and plan of names that begin with this one; the plan's is it.</summary>
    public static async Task<SimulatorServer> OpenAsync(RunningServer server, string name)
    {
        var facts = new KvmHostFacts
        {
            Uri = "test:///default",
            HostName = name,
            Libvirt = new Version(9, 0, 0),
            Qemu = new Version(7, 2, 0),
            Cpus = 8,
            MemoryBytes = 64L << 30,
            IoUring = new IoUringState(true, ""),
        };
        await using (var db = await server.DatabaseAsync())
        {
            db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = $"{name}-host", Uri = facts.Uri, DomainType = "kvm", Facts = JsonSerializer.Serialize(facts, JsonSerializerOptions.Web) });
            await db.SaveChangesAsync(Cancel);
        }

        string[] vms = [$"{name}-db", $"{name}-web", $"{name}-old, odd"];
        var estate = $$"""
            { "datastores": [{ "name": "ds1" }],
              "vms": [{{string.Join(", ", vms.Select(x => $$"""{ "name": "{{x}}", "datastore": "ds1", "power": "off", "disks": [{ "capacity": "2 MiB" }] }"""))}}] }
            """;
        var simulator = await SimulatorServer.StartAsync(EstateFile.Parse(estate) with { Seed = name.Sum(x => x) }, new SimulatorOptions(), Cancel);
        await DoneAsync(server.RunWithAsync(
            new() { ["MIGRATE_PASSWORD"] = simulator.Password }, "source", "add", $"{name}-vc", "--url", simulator.Url.ToString(), "--user", simulator.UserName, "--thumbprint", simulator.Thumbprint));
        await DoneAsync(server.RunAsync("inventory", "sync", $"{name}-vc"));
        await DoneAsync(server.RunAsync([
            "plan", "create", name, "--source", $"{name}-vc", "--host", $"{name}-host", .. vms.SelectMany(x => (string[])["--vm", x]), "--network", "VM Network=bridge:br0"]));
        return simulator;
    }

    private static async Task DoneAsync(Task<CommandResult> command)
    {
        var result = await command;
        result.ExitCode.ShouldBe(0, result.Error);
    }
}
