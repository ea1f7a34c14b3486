using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Copy;
using Migrate.Executor.Sources;
using Migrate.Executor.Tests.Jobs;
using Migrate.Executor.Tests.Copy;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;
using Migrate.Planner.VSphere;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Executor.Tests.Sources;

/// <summary>Both readers through a real session, chosen as the plan names them.</summary>
public sealed class SimulatedDiskTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _disk = SampleDisk.Random(new Random(21), maxExtents: 90);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory, InlineData("https-folder"), InlineData("export-lease")]
    public async Task A_disk_arrives_whole(string kind)
    {
        await using var simulator = await StartAsync();
        await using var session = await OpenAsync(simulator);
        var destination = new MemoryDisk(_disk.Length, new Random(1));

        var result = await CopyAsync(session, kind, destination);

        destination.Content.AsSpan().SequenceEqual(_disk).ShouldBeTrue();
        result.SourceHash.ShouldBe(await SampleDisk.HashAsync(_disk));
    }

    [Fact]
    public async Task An_export_that_is_cut_is_taken_up_by_a_new_lease_that_writes_only_what_was_missing()
    {
        await using var simulator = await StartAsync();
        await using var session = await OpenAsync(simulator);
        var destination = new MemoryDisk(_disk.Length, new Random(1));
        simulator.Faults.CutLeaseReads(12 << 20);
        var error = await Should.ThrowAsync<MigrateException>(() => CopyAsync(session, "export-lease", destination));
        error.Code.ShouldBe("source.stream-truncated");
        error.IsTransient.ShouldBeTrue();
        var first = destination.BytesWritten;
        first.ShouldBeGreaterThan(0);

        var result = await CopyAsync(session, "export-lease", destination);

        destination.Content.AsSpan().SequenceEqual(_disk).ShouldBeTrue();
        result.BytesWritten.ShouldBe(destination.BytesWritten - first);
        result.BytesRead.ShouldBeGreaterThan(result.BytesWritten);
        result.SourceHash.ShouldBe(await SampleDisk.HashAsync(_disk));
    }

    [Fact]
    public async Task What_an_export_sent_is_compared_with_its_manifest()
    {
        await using var simulator = await StartAsync();
        await using var session = await OpenAsync(simulator);
        var (vm, disk) = await PlanAsync(session, "export-lease");
        await using (var reader = await LeaseReader.OpenAsync(session, vm.Key, disk.Key, TimeProvider.System, null, null, Cancel))
        {
            (await RangeReading.SequenceAsync(reader)).AsSpan().SequenceEqual(_disk).ShouldBeTrue();
            reader.ManifestAgrees.ShouldBe(true);
        }

        simulator.Faults.WrongManifests = true;
        await using var deceived = await LeaseReader.OpenAsync(session, vm.Key, disk.Key, TimeProvider.System, null, null, Cancel);
        var error = await Should.ThrowAsync<MigrateException>(() => RangeReading.SequenceAsync(deceived));
        (error.Code, error.IsTransient).ShouldBe(("source.manifest-mismatch", true));
    }

    [Fact]
    public async Task An_export_kept_as_a_file_is_read_by_its_footer()
    {
        await using var simulator = await StartAsync();
        await using var session = await OpenAsync(simulator);
        var (vm, _) = await PlanAsync(session, "export-lease");
        await using (var lease = await session.OpenExportLeaseAsync(vm.Key, Cancel))
        {
            await File.WriteAllBytesAsync(_folder.File("kept.vmdk"), await session.Http.GetByteArrayAsync(lease.Disks.Single().Url, Cancel), Cancel);
            await lease.CompleteAsync(Cancel);
        }
        await using var reader = VmdkReader.Open(_folder.File("kept.vmdk"));
        await RangeReading.ShouldBeAsync(reader, [.. _disk, .. new byte[reader.CapacityBytes - _disk.Length]]);
        (await RangeReading.MapAsync(reader)).ShouldContain(range => range.Kind == RangeKind.Hole);
    }

    [Fact]
    public async Task A_lease_outlives_a_receiver_that_stops_taking_data()
    {
        await using var simulator = await StartAsync(new SimulatorOptions { BaseDirectory = _folder.Path, LeaseTimeout = TimeSpan.FromSeconds(15) });
        await using var session = await OpenAsync(simulator);
        var (vm, disk) = await PlanAsync(session, "export-lease");
        await using var reader = await LeaseReader.OpenAsync(session, vm.Key, disk.Key, TimeProvider.System, null, null, Cancel);
        var stalled = false;
        long received = 0;
        await foreach (var chunk in reader.ReadAsync(0, Cancel))
        {
            using (chunk)
            {
                received += chunk.Length;
                if (!stalled)
                {
                    await Task.Delay(TimeSpan.FromSeconds(31), Cancel); // more than twice what the server waits
                    stalled = true;
                }
            }
        }
        received.ShouldBe(_disk.Length);
        reader.ManifestAgrees.ShouldBe(true);
    }

    [Fact]
    public async Task An_export_that_never_begins_to_answer_ends_as_a_cut_one()
    {
        await using var simulator = await StartAsync();
        await using var session = await OpenAsync(simulator);
        var (vm, disk) = await PlanAsync(session, "export-lease");
        simulator.Faults.ReadBytesPerSecond = 1; // Its headers go with its first bytes.
        var time = new ManualTime();
        await using var reader = await LeaseReader.OpenAsync(session, vm.Key, disk.Key, time, null, null, Cancel);

        var reading = Task.Run(async () => await reader.ReadAsync(0, Cancel).AnyAsync(Cancel), Cancel);
        while (!reading.IsCompleted)
        {
            await Task.Delay(100, Cancel);
            time.Advance(TimeSpan.FromMinutes(1));
        }

        var error = await Should.ThrowAsync<MigrateException>(() => reading);
        (error.Code, error.IsTransient).ShouldBe(("source.connection-cut", true));
    }

    [Fact]
    public async Task A_session_that_expires_while_a_disk_is_read_is_renewed()
    {
        await using var simulator = await StartAsync();
        await using var session = await OpenAsync(simulator);
        var destination = new MemoryDisk(_disk.Length, new Random(1));
        destination.OnWrite = number =>
        {
            if (number == 5)
            {
                simulator.Faults.ExpireSessions();
            }
        };

        var result = await CopyAsync(session, "https-folder", destination);

        result.SourceHash.ShouldBe(await SampleDisk.HashAsync(_disk));
        destination.Content.AsSpan().SequenceEqual(_disk).ShouldBeTrue();
    }

    [Theory, InlineData("https-folder"), InlineData("export-lease")]
    public async Task A_disk_of_another_size_than_the_plans_is_refused(string kind)
    {
        await using var simulator = await StartAsync();
        await using var session = await OpenAsync(simulator);
        var readers = new DiskReaders(session, new HostBudgets(new HostBudgetOptions(), TimeProvider.System), null, TimeProvider.System);
        var (vm, disk) = await PlanAsync(session, kind);
        (await Should.ThrowAsync<MigrateException>(() => readers.OpenAsync(vm, disk with { CapacityBytes = disk.CapacityBytes + 512 }, Cancel))).Code.ShouldBe("source.size-changed");
    }

    private async Task<CopyResult> CopyAsync(VSphereSession session, string kind, MemoryDisk destination)
    {
        var readers = new DiskReaders(session, new HostBudgets(new HostBudgetOptions(), TimeProvider.System), null, TimeProvider.System);
        var (vm, disk) = await PlanAsync(session, kind);
        await using var reader = await readers.OpenAsync(vm, disk, Cancel);
        reader.Kind.ShouldBe(kind);
        await using var journal = await CopyJournal.OpenAsync(_folder.File("journal"), disk.NamespaceUuid, disk.CapacityBytes, Cancel);
        return await DiskCopy.RunAsync(reader, destination, journal, new CopyOptions { DestinationIsZero = true }, null, TimeProvider.System, Cancel);
    }

    private static async Task<(Vm, PlannedDisk)> PlanAsync(VSphereSession session, string kind)
    {
        var vm = (await session.ReadInventoryAsync(Cancel)).Vms.Single(v => v.Name == (kind == "https-folder" ? "on-vmfs" : "on-vsan"));
        var disk = vm.Disks.Single();
        return (vm, new PlannedDisk
        {
            Key = disk.Key,
            Label = disk.Label,
            CapacityBytes = disk.CapacityBytes,
            FileName = disk.FileName,
            Reader = kind,
            Why = "the test asks for it",
            NamespaceUuid = Guid.Parse("0d2a7f4e-7a55-4a39-9a51-0b5f7f1f6f00"),
        });
    }

    private async Task<SimulatorServer> StartAsync(SimulatorOptions? options = null)
    {
        await File.WriteAllBytesAsync(_folder.File("disk.raw"), _disk, Cancel);
        var disks = new[] { new EstateDisk { File = "disk.raw" } };
        var estate = new Estate
        {
            Clusters = [new EstateCluster { Name = "cluster1", Vsan = true }],
            Hosts = [new EstateHost { Name = "esx1", Cluster = "cluster1" }],
            Datastores = [new EstateDatastore { Name = "vmfs1" }, new EstateDatastore { Name = "vsan1", Type = "vsan" }],
            Vms =
            [
                new EstateVm { Name = "on-vmfs", Datastore = "vmfs1", Power = EstatePower.Off, Disks = disks },
                new EstateVm { Name = "on-vsan", Datastore = "vsan1", Power = EstatePower.Off, Disks = disks },
            ],
        };
        return await SimulatorServer.StartAsync(estate, options ?? new SimulatorOptions { BaseDirectory = _folder.Path }, Cancel);
    }

    private static Task<VSphereSession> OpenAsync(SimulatorServer simulator)
        => VSphereSession.OpenAsync(new VSphereEndpoint(simulator.Url, simulator.UserName, simulator.Password, simulator.Thumbprint), TimeProvider.System, NullLoggerFactory.Instance, Cancel);
}
