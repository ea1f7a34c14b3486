using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Tests.Inventory;

namespace Migrate.Planner.Tests.Concerns;

public class DiskRulesTests
{
    private static readonly Vm Plain = Estate.Vm();
    private static readonly VirtualDisk Disk = Estate.Disk();

    [Theory]
    [InlineData("virtualMode", false)]
    [InlineData("physicalMode", true)]
    [InlineData(null, true)]
    public void A_raw_device_mapping_is_a_warning_and_blocks_when_nobody_can_read_it(string? mode, bool blocks)
    {
        Vm vm = Plain.With(Disk with { Backing = DiskBacking.RawDeviceMapping, RdmCompatibility = mode });

        Judged.By("disk.rdm", vm).ShouldFire(ConcernSeverity.Warning, "Hard disk 1");
        Judged.By("disk.rdm-physical", vm).Select(concern => concern.Severity).ShouldBe(blocks ? [ConcernSeverity.Critical] : []);
    }

    [Fact]
    public void A_flat_disk_is_no_mapping()
    {
        Judged.By("disk.rdm", Plain).ShouldBeEmpty();
        Judged.By("disk.rdm-physical", Plain).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("physicalSharing")]
    [InlineData("virtualSharing")]
    public void A_shared_bus_is_critical(string sharing) =>
        Judged.By("controller.shared-bus", Plain with { Controllers = [new DiskController(1001, "ParaVirtualSCSIController", 1, sharing)] })
            .ShouldFire(ConcernSeverity.Critical, "controller 1001");

    [Fact]
    public void An_own_bus_is_fine() => Judged.By("controller.shared-bus", Plain).ShouldBeEmpty();

    [Fact]
    public void A_disk_with_several_writers_is_critical() =>
        Judged.By("disk.multi-writer", Plain.With(Disk with { Sharing = "sharingMultiWriter" })).ShouldFire(ConcernSeverity.Critical, "Hard disk 1");

    [Fact]
    public void A_disk_with_one_writer_is_fine() => Judged.By("disk.multi-writer", Plain).ShouldBeEmpty();

    [Theory]
    [InlineData("independent_persistent", MigrationMode.Cold, ConcernSeverity.Warning)]
    [InlineData("independent_nonpersistent", MigrationMode.Cold, ConcernSeverity.Warning)]
    [InlineData("nonpersistent", MigrationMode.Cold, ConcernSeverity.Warning)]
    [InlineData("independent_persistent", MigrationMode.Warm, ConcernSeverity.Critical)]
    public void An_independent_disk_is_judged_by_the_plans_mode(string diskMode, MigrationMode mode, ConcernSeverity severity) =>
        Judged.By("disk.independent", Plain.With(Disk with { DiskMode = diskMode }), mode).ShouldFire(severity, "Hard disk 1");

    [Fact]
    public void Only_a_nonpersistent_disk_is_said_to_lose_what_is_written()
    {
        Judged.By("disk.independent", Plain.With(Disk with { DiskMode = "independent_nonpersistent" }))[0].Assessment.ShouldContain("thrown away");
        Judged.By("disk.independent", Plain.With(Disk with { DiskMode = "independent_persistent" }))[0].Assessment.ShouldNotContain("thrown away");
    }

    [Fact]
    public void A_persistent_disk_is_fine() => Judged.By("disk.independent", Plain, MigrationMode.Warm).ShouldBeEmpty();

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_capacity_that_is_none_is_critical(long capacity)
    {
        Vm vm = Plain.With(Disk with { CapacityBytes = capacity });
        Judged.By("disk.capacity-invalid", vm).ShouldFire(ConcernSeverity.Critical, "Hard disk 1");
        Judged.By("disk.capacity-unaligned", vm).ShouldBeEmpty();
    }

    [Fact]
    public void A_capacity_between_two_blocks_is_critical()
    {
        Vm vm = Plain.With(Disk with { CapacityBytes = (1L << 30) + 511 });
        Judged.By("disk.capacity-unaligned", vm).ShouldFire(ConcernSeverity.Critical, "Hard disk 1");
        Judged.By("disk.capacity-invalid", vm).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(512)]
    [InlineData(1L << 46)]
    public void A_whole_number_of_blocks_is_fine(long capacity)
    {
        Vm vm = Plain.With(Disk with { CapacityBytes = capacity });
        Judged.By("disk.capacity-unaligned", vm).ShouldBeEmpty();
        Judged.By("disk.capacity-invalid", vm).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(DiskBacking.Unknown)]
    [InlineData(DiskBacking.RawDisk)]
    [InlineData(DiskBacking.PersistentMemory)]
    public void A_disk_that_no_reader_can_read_is_critical(DiskBacking backing) =>
        Judged.By("disk.unreadable", Plain.With(Disk with { Backing = backing })).ShouldFire(ConcernSeverity.Critical, "Hard disk 1");

    [Theory]
    [InlineData(DiskBacking.Flat)]
    [InlineData(DiskBacking.SeSparse)]
    public void A_disk_that_a_reader_can_read_is_fine(DiskBacking backing) =>
        Judged.By("disk.unreadable", Plain.With(Disk with { Backing = backing })).ShouldBeEmpty();

    [Theory]
    [InlineData(null)]
    [InlineData("datastore-9")]
    public void A_datastore_that_is_not_there_is_critical(string? key) =>
        Judged.By("datastore.inaccessible", Plain.With(Disk with { DatastoreKey = key })).ShouldFire(ConcernSeverity.Critical, "Hard disk 1");

    [Fact]
    public void A_datastore_that_cannot_be_reached_is_critical() =>
        Judged.By("datastore.inaccessible", Plain, datastores: [Estate.Vmfs() with { Accessible = false }]).ShouldFire(ConcernSeverity.Critical, "Hard disk 1");

    [Fact]
    public void A_datastore_in_maintenance_is_a_warning() =>
        Judged.By("datastore.inaccessible", Plain, datastores: [Estate.Vmfs() with { MaintenanceMode = "enteringMaintenance" }]).ShouldFire(ConcernSeverity.Warning, "Hard disk 1");

    [Fact]
    public void A_datastore_in_order_is_fine() => Judged.By("datastore.inaccessible", Plain).ShouldBeEmpty();
}
