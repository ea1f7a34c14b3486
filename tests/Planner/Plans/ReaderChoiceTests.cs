using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;
using Migrate.Planner.Tests.Inventory;

namespace Migrate.Planner.Tests.Plans;

public class ReaderChoiceTests
{
    [Fact]
    public void A_flat_file_on_VMFS_is_read_from_the_folder_at_the_links_rate()
    {
        ReaderChoice fast = Choose(Estate.Disk());
        ReaderChoice slow = Choose(Estate.Disk(), nicMbps: 1000);

        fast.Reader.ShouldBe("https-folder");
        fast.Why.ShouldContain("iser1");
        fast.ExpectedBytesPerSecond.ShouldBeGreaterThan(slow.ExpectedBytesPerSecond);
        slow.ExpectedBytesPerSecond.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void A_disk_on_vSAN_is_exported()
    {
        ReaderChoice choice = Choose(Estate.Disk() with { DatastoreKey = "datastore-2" });

        choice.Reader.ShouldBe("export-lease");
        choice.Why.ShouldContain("vsan");
        choice.ExpectedBytesPerSecond.ShouldBeInRange(18_000_000, 30_000_000);
    }

    [Theory]
    [InlineData(DiskBacking.Flat, 1)]
    [InlineData(DiskBacking.SeSparse, 0)]
    [InlineData(DiskBacking.Sparse, 0)]
    public void A_chain_or_sparse_disk_is_exported(DiskBacking backing, int parents) =>
        Choose(Estate.Disk() with { Backing = backing, ParentCount = parents }).Reader.ShouldBe("export-lease");

    [Fact]
    public void A_mapping_is_exported_in_virtual_mode_and_unreadable_in_physical_mode()
    {
        VirtualDisk mapping = Estate.Disk() with { Backing = DiskBacking.RawDeviceMapping };

        Choose(mapping with { RdmCompatibility = "virtualMode" }).Reader.ShouldBe("export-lease");
        Choose(mapping with { RdmCompatibility = "physicalMode" }).Reader.ShouldBe("none");
    }

    [Fact]
    public void VDDK_takes_over_what_would_be_exported_where_the_operator_has_it()
    {
        VirtualDisk[] disks =
        [
            Estate.Disk() with { DatastoreKey = "datastore-2" },
            Estate.Disk() with { ParentCount = 1 },
            Estate.Disk() with { Backing = DiskBacking.RawDeviceMapping, RdmCompatibility = "virtualMode" },
        ];

        disks.Select(disk => Choose(disk, means: new ReaderMeans(Vddk: true))).ShouldAllBe(choice => choice.Reader == "nbd-vddk" && choice.ExpectedBytesPerSecond > 30_000_000);
        Choose(Estate.Disk(), means: new ReaderMeans(Vddk: true)).Reader.ShouldBe("https-folder");
        Choose(Estate.Disk() with { Backing = DiskBacking.RawDisk }, means: new ReaderMeans(Vddk: true)).Reader.ShouldBe("none");
    }

    [Theory]
    [InlineData("/vms/web/web.vmdk", 0, "monolithicSparse", "local-vmdk")]
    [InlineData("/vms/web.ova", 1536, "streamOptimized", "local-vmdk")]
    [InlineData("/vms/web/web.img", 0, "raw", "raw-file")]
    public void A_disk_of_this_machine_is_read_where_it_lies(string path, long offset, string type, string reader)
    {
        ReaderChoice choice = Choose(Estate.Disk() with { DatastoreKey = null, BackingType = type, LocalFile = new LocalDiskFile(path, offset, null) });

        choice.Reader.ShouldBe(reader);
        choice.Why.ShouldContain(path);
        choice.RateFrom.ShouldNotBeEmpty();
    }

    [Fact]
    public void A_file_of_this_machine_that_is_missing_or_points_at_a_device_cannot_be_read()
    {
        Choose(new VirtualDisk { Key = 1, Label = "a", CapacityBytes = 0, FileName = "gone.vmdk" }).Why.ShouldContain("gone.vmdk");
        ReaderChoice mapping = Choose(Estate.Disk() with
        {
            DatastoreKey = null,
            Backing = DiskBacking.RawDeviceMapping,
            RdmCompatibility = "virtualMode",
            BackingType = "vmfsRawDeviceMap",
            LocalFile = new LocalDiskFile("/vms/rdm.vmdk", 0, null),
        });
        (mapping.Reader, mapping.ExpectedBytesPerSecond).ShouldBe(("none", 0));
        mapping.Why.ShouldContain("vmfsRawDeviceMap");
    }

    [Fact]
    public void Every_rate_says_where_it_is_from()
    {
        ReaderChoice[] all =
        [
            Choose(Estate.Disk()), Choose(Estate.Disk(), nicMbps: 1000), Choose(Estate.Disk() with { DatastoreKey = "datastore-2" }), Choose(Estate.Disk() with { DatastoreKey = "datastore-2" }, means: new ReaderMeans(Vddk: true)),
        ];
        all.ShouldAllBe(choice => choice.ExpectedBytesPerSecond > 0 && choice.RateFrom.Length > 20);
    }

    [Fact]
    public void What_cannot_be_read_has_no_reader_and_says_why()
    {
        VirtualDisk[] disks =
        [
            Estate.Disk() with { Backing = DiskBacking.Unknown, BackingType = "VirtualDiskFutureBackingInfo" },
            Estate.Disk() with { Backing = DiskBacking.RawDisk },
            Estate.Disk() with { Backing = DiskBacking.PersistentMemory },
            Estate.Disk() with { EncryptionKeyId = "k" },
            Estate.Disk() with { DatastoreKey = "datastore-9" },
            Estate.Disk() with { DatastoreKey = null },
        ];

        disks.Select(disk => Choose(disk)).ShouldAllBe(choice => choice.Reader == "none" && choice.ExpectedBytesPerSecond == 0 && choice.Why.Length > 10);
        Choose(disks[0]).Why.ShouldContain("VirtualDiskFutureBackingInfo");
    }

    private static ReaderChoice Choose(VirtualDisk disk, long nicMbps = 25_000, ReaderMeans? means = null)
    {
        EsxHost host = Estate.Host();
        host = host with { PhysicalNics = [host.PhysicalNics[0] with { SpeedMbps = nicMbps }] };
        return ReaderChoice.For(Estate.Vm(), disk, new[] { Estate.Vmfs(), Estate.Vsan() }.ToDictionary(datastore => datastore.Key),
            new Dictionary<string, EsxHost> { ["host-1"] = host }, means);
    }
}
