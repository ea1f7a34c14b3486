using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Tests.Jobs;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.ChangeTracking;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Executor.Tests.Sources;

/// <summary>The simulator's guests, on which the tests of warm copies stand.</summary>
public sealed class GuestWritesTests
{
    private const int Capacity = 4 << 20;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_guest_s_script_goes_by_the_clock_and_is_the_same_in_every_run()
    {
        var first = await AfterAMinuteAsync();
        var second = await AfterAMinuteAsync();
        first.Before.AsSpan().SequenceEqual(first.After).ShouldBeFalse();
        first.After.AsSpan().SequenceEqual(second.After).ShouldBeTrue();
    }

    [Fact]
    public async Task What_guests_write_beside_a_snapshot_takes_space_until_it_is_merged()
    {
        var estate = new Estate { Datastores = [new EstateDatastore { Name = "ds1" }], Vms = [new EstateVm { Name = "vm", Disks = [new EstateDisk { Capacity = Capacity }] }] };
        await using var server = await SimulatorServer.StartAsync(estate, new SimulatorOptions { TaskDuration = TimeSpan.FromMilliseconds(4) }, Cancel);
        await using var session = await VSphereSession.OpenAsync(new(server.Url, server.UserName, server.Password, server.Thumbprint), TimeProvider.System, NullLoggerFactory.Instance, Cancel);
        var free = await FreeAsync();
        var vm = (await session.ReadInventoryAsync(Cancel)).Vms.Single();
        var tracker = new ChangeTracker(session, TrackingState.For(Guid.NewGuid(), vm), (_, _) => Task.CompletedTask, new() { Poll = TimeSpan.FromMilliseconds(5) }, NullLogger<ChangeTracker>.Instance);
        await tracker.EnableAsync(Cancel);
        await using var pass = await tracker.BeginPassAsync(Cancel);
        server.Guests.Write("vm", 0, 512, 1 << 20, 1);
        server.Guests.Write("vm", 0, 1024, 1 << 20, 2);
        (await FreeAsync()).ShouldBe(free - (1 << 20) - 512);
        await tracker.CompletePassAsync(Cancel);
        (await FreeAsync()).ShouldBe(free);

        async Task<long> FreeAsync() => (await session.ReadInventoryAsync(Cancel)).Datastores.Single(d => d.Name == "ds1").FreeBytes;
    }

    private static async Task<(byte[] Before, byte[] After)> AfterAMinuteAsync()
    {
        var time = new ManualTime();
        var writes = new EstateWrites { PerSecond = 2, MostBytes = 16 << 10 };
        var estate = new Estate { Seed = 7, Vms = [new EstateVm { Name = "vm", Writes = writes, Disks = [new EstateDisk { Capacity = Capacity }] }] };
        await using var server = await SimulatorServer.StartAsync(estate, new SimulatorOptions { Time = time }, Cancel);
        var before = await ReadAsync(server);
        for (var i = 0; i < 6; i++)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            using var any = new HttpClient(new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator });
            await any.GetStringAsync(server.Url, Cancel);
        }

        return (before, await ReadAsync(server));
    }

    private static async Task<byte[]> ReadAsync(SimulatorServer server)
    {
        var content = new byte[Capacity];
        await server.ReadDiskAsync("vm", 0, 0, content, Cancel);
        return content;
    }
}
