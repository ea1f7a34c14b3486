using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.VSphere;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Planner.Tests.VSphere;

/// <summary>What a datastore's I/O takes now: by its hosts where they count it, by its VMs where they do not.</summary>
public sealed class DatastoreLatencyTests
{
    private static readonly Estate Estate = new()
    {
        Datastores = [new EstateDatastore { Name = "iser1" }, new EstateDatastore { Name = "vsan1", Type = "vsan" }, new EstateDatastore { Name = "idle1", Type = "vsan" }],
        Vms =
        [
            new EstateVm { Name = "web01", Datastore = "iser1", Disks = [new EstateDisk { Capacity = 8 << 20 }] },
            new EstateVm
            {
                Name = "db01",
                Datastore = "vsan1",
                Load = new EstateLoad { ReadLatencyUs = 30_000, WriteLatencyUs = 30_000, Gaps = 0 },
                Disks = [new EstateDisk { Capacity = 8 << 20 }],
            },
        ],
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hosts_tell_it_in_one_query_and_the_newest_interval_counts()
    {
        await using var server = await SimulatorServer.StartAsync(Estate, cancellationToken: Cancel);
        await using var session = await OpenAsync(server);
        var datastore = await KeyOfAsync(session, "iser1");
        (await session.ReadDatastoreLatencyAsync(datastore, Cancel)).ShouldNotBeNull().Latency.ShouldBe(TimeSpan.Zero, "hosts count whole milliseconds");

        server.Faults.SlowDatastore("iser1", 34);
        server.Faults.ClockSkew += TimeSpan.FromSeconds(20);
        var asked = server.Faults.PerformanceQueries;
        var slow = (await session.ReadDatastoreLatencyAsync(datastore, Cancel)).ShouldNotBeNull();

        slow.Latency.ShouldBe(TimeSpan.FromMilliseconds(34));
        (server.Faults.PerformanceQueries - asked).ShouldBe(1);
        server.Faults.SlowDatastore("iser1", null);
        server.Faults.ClockSkew += TimeSpan.FromSeconds(20);
        var well = (await session.ReadDatastoreLatencyAsync(datastore, Cancel)).ShouldNotBeNull();
        (well.Latency, well.At).ShouldBe((TimeSpan.Zero, slow.At.AddSeconds(20)));
    }

    [Fact]
    public async Task On_vSAN_the_VMs_that_run_there_tell_it()
    {
        await using var server = await SimulatorServer.StartAsync(Estate, cancellationToken: Cancel);
        await using var session = await OpenAsync(server);

        var latency = (await session.ReadDatastoreLatencyAsync(await KeyOfAsync(session, "vsan1"), Cancel)).ShouldNotBeNull();

        latency.Latency.TotalMilliseconds.ShouldBeInRange(25, 35);
        (await session.ReadDatastoreLatencyAsync(await KeyOfAsync(session, "idle1"), Cancel)).ShouldBeNull("nothing runs there");
    }

    private static async Task<string> KeyOfAsync(VSphereSession session, string name) => (await session.ReadInventoryAsync(Cancel)).Datastores.Single(x => x.Name == name).Key;

    private static Task<VSphereSession> OpenAsync(SimulatorServer server) => VSphereSession.OpenAsync(
        new VSphereEndpoint(server.Url, server.UserName, server.Password, server.Thumbprint), TimeProvider.System, NullLoggerFactory.Instance, Cancel);
}
