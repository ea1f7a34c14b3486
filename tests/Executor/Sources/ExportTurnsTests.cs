using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Sources;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;
using Migrate.Planner.VSphere;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Executor.Tests.Sources;

/// <summary>A server that bears one export of a VM at a time, and a VM whose disks are copied side by side.</summary>
public sealed class ExportTurnsTests
{
    private const int Capacity = 3 << 20;
    private const int Disks = 3;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Disks_of_one_VM_are_exported_one_after_the_other_though_all_are_asked_for_at_once()
    {
        await using var server = await StartAsync();
        await using var session = await VSphereSession.OpenAsync(new(server.Url, server.UserName, server.Password, server.Thumbprint), TimeProvider.System, NullLoggerFactory.Instance, Cancel);
        var vm = (await session.ReadInventoryAsync(Cancel)).Vms.Single();
        var budgets = new HostBudgets(new HostBudgetOptions(), TimeProvider.System);

        var read = await Task.WhenAll(vm.Disks.Select(disk => Task.Run(async () =>
        {
            // Each run of a wave has readers of its own; what they share is the process.
            await using var reader = await new DiskReaders(session, budgets, null, TimeProvider.System).OpenAsync(vm, Planned(disk), Cancel);
            return await RangeReading.SequenceAsync(reader);
        }, Cancel)));

        for (var i = 0; i < Disks; i++)
        {
            var expected = new byte[Capacity];
            await server.ReadDiskAsync("vm", i, 0, expected, Cancel);
            read[i].AsSpan().SequenceEqual(expected).ShouldBeTrue($"disk {i}");
        }
    }

    [Fact]
    public async Task Whoever_waits_can_give_up_and_a_failure_passes_the_turn_on()
    {
        await using var server = await StartAsync();
        await using var session = await VSphereSession.OpenAsync(new(server.Url, server.UserName, server.Password, server.Thumbprint), TimeProvider.System, NullLoggerFactory.Instance, Cancel);
        var vm = (await session.ReadInventoryAsync(Cancel)).Vms.Single();
        var readers = new DiskReaders(session, new HostBudgets(new HostBudgetOptions(), TimeProvider.System), null, TimeProvider.System);
        await using (await readers.OpenAsync(vm, Planned(vm.Disks[0]), Cancel))
        {
            // The server does refuse: with readers that know nothing of each other.
            (await Should.ThrowAsync<MigrateException>(() => LeaseReader.OpenAsync(session, vm.Key, vm.Disks[1].Key, TimeProvider.System, null, null, Cancel))).Code.ShouldBe("source.export-busy");
            using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
            await Should.ThrowAsync<OperationCanceledException>(() => readers.OpenAsync(vm, Planned(vm.Disks[1]), soon.Token));
        }
        (await Should.ThrowAsync<MigrateException>(() => readers.OpenAsync(vm, Planned(vm.Disks[1]) with { Key = 4711 }, Cancel))).Code.ShouldBe("source.disk-vanished");
        await using var last = await readers.OpenAsync(vm, Planned(vm.Disks[1]), Cancel);
    }

    private static async Task<SimulatorServer> StartAsync()
    {
        var vm = new EstateVm { Name = "vm", Datastore = "ds1", Power = EstatePower.Off, Disks = [.. Enumerable.Range(0, Disks).Select(_ => new EstateDisk { Capacity = Capacity })] };
        var estate = new Estate { Datastores = [new EstateDatastore { Name = "ds1", Type = "vsan" }], Vms = [vm] };
        var server = await SimulatorServer.StartAsync(estate, new SimulatorOptions(), Cancel);
        server.Faults.OneExportPerVm = true;
        return server;
    }

    private static PlannedDisk Planned(VirtualDisk disk) => new()
    {
        Key = disk.Key,
        Label = disk.Label,
        CapacityBytes = disk.CapacityBytes,
        FileName = disk.FileName,
        Reader = ReaderChoice.ExportLease,
        Why = "the test asks for it",
        NamespaceUuid = Guid.NewGuid(),
    };
}
