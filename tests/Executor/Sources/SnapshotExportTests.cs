using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Sources;
using Migrate.Planner.Plans;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.ChangeTracking;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Executor.Tests.Sources;

/// <summary>A VM that runs is exported beside its guest: what comes is what the snapshot froze.</summary>
public sealed class SnapshotExportTests
{
    private const int Capacity = (6 << 20) + 512;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("vsan")]
    [InlineData("VMFS")]
    public async Task An_export_of_a_snapshot_is_of_its_moment_while_the_guest_writes(string datastore)
    {
        var estate = new Estate { Datastores = [new EstateDatastore { Name = "ds1", Type = datastore }], Vms = [new EstateVm { Name = "vm", Datastore = "ds1", Disks = [new EstateDisk { Capacity = Capacity }] }] };
        await using var server = await SimulatorServer.StartAsync(estate, new SimulatorOptions { TaskDuration = TimeSpan.FromMilliseconds(4) }, Cancel);
        await using var session = await VSphereSession.OpenAsync(new(server.Url, server.UserName, server.Password, server.Thumbprint), TimeProvider.System, NullLoggerFactory.Instance, Cancel);
        server.Guests.Write("vm", 0, 4096, 2 << 20, 1);
        var vm = (await session.ReadInventoryAsync(Cancel)).Vms.Single();
        vm.PowerState.ShouldBe("poweredOn");
        var tracker = new ChangeTracker(session, TrackingState.For(Guid.NewGuid(), vm), (_, _) => Task.CompletedTask, new() { Poll = TimeSpan.FromMilliseconds(5) }, NullLogger<ChangeTracker>.Instance);
        await tracker.EnableAsync(Cancel);
        await using var pass = await tracker.BeginPassAsync(Cancel);
        var frozen = await ReadAsync(server);

        server.Guests.Write("vm", 0, 1 << 20, 2 << 20, 2);
        var disk = vm.Disks.Single();
        var planned = new PlannedDisk
        {
            Key = disk.Key,
            Label = disk.Label,
            CapacityBytes = disk.CapacityBytes,
            FileName = disk.FileName,
            Reader = ReaderChoice.ExportLease,
            Why = "the test asks for it",
            NamespaceUuid = Guid.NewGuid(),
        };
        var readers = new DiskReaders(session, new HostBudgets(new HostBudgetOptions(), TimeProvider.System), null, TimeProvider.System);
        byte[] exported;
        await using (var reader = await readers.OpenAsync(vm, planned, Cancel, pass.SnapshotKey))
        {
            exported = await RangeReading.SequenceAsync(reader);
            ((LeaseReader)reader).ManifestAgrees.ShouldBe(true);
        }

        exported.AsSpan().SequenceEqual(frozen).ShouldBeTrue();
        var now = await ReadAsync(server);
        exported.AsSpan().SequenceEqual(now).ShouldBeFalse("the guest has written since");
        await tracker.CompletePassAsync(Cancel);
    }

    private static async Task<byte[]> ReadAsync(SimulatorServer server)
    {
        var content = new byte[Capacity];
        await server.ReadDiskAsync("vm", 0, 0, content, Cancel);
        return content;
    }
}
