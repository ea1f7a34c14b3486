using Migrate.Target.Namespaces;

namespace Migrate.Target.Tests.Namespaces;

/// <summary>Users of storage that this machine's kernel cannot show for real: other kernel targets, volumes, arrays, multipath.</summary>
public sealed class StorageConflictsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-conflicts-").FullName;
    private readonly FakeHost _host;
    private readonly string _file;

    public StorageConflictsTests()
    {
        _host = new FakeHost(_directory);
        _file = Path.Combine(_directory, "a disk.img");
        File.WriteAllText(_file, "data");
        _host.WithDevice("sda", "8:0").WithDevice("sda/sda1", "8:1").WithDevice("sda/sda2", "8:2").WithDevice("dm-0", "253:0").WithDevice("md0", "9:0")
            .With("sys/devices/sda/sda1/partition", "1\n").With("sys/devices/sda/sda2/partition", "2\n")
            .With("sys/devices/dm-0/dm/name", "vg-data\n").With("sys/devices/md0/md/level", "raid1\n");
    }

    [Fact]
    public void Nvmet_uses_what_its_enabled_namespaces_name()
    {
        const string subsystem = "sys/kernel/config/nvmet/subsystems/nqn.2026-01.org.example:s/namespaces";
        _host.With($"{subsystem}/7/device_path", _file + "\n").With($"{subsystem}/7/enable", "0\n");
        UsersOfFile().ShouldBeEmpty();

        _host.With($"{subsystem}/7/enable", "1\n");
        UsersOfFile().ShouldHaveSingleItem().ShouldBe("exported by the kernel's NVMe target (nvmet: nqn.2026-01.org.example:s, namespace 7)");
    }

    [Fact]
    public void Lio_uses_files_that_only_its_info_names()
    {
        _host.With("sys/kernel/config/target/core/fileio_1/web/udev_path", "\n").With("sys/kernel/config/target/core/fileio_1/web/info",
            $"Status: ACTIVATED  Max Queue Depth: 0  SectorSize: 512  HwMaxSectors: 16384\n        TCM FILEIO ID: 0        File: {_file}  Size: 4194304  Mode: O_DSYNC Async: 0\n");

        UsersOfFile().ShouldHaveSingleItem().ShouldBe("exported by the kernel's SCSI target (LIO: fileio_1/web)");
    }

    [Fact]
    public void Lio_uses_the_device_that_it_has_opened_whatever_path_was_written_down_for_it()
    {
        _host.With("sys/kernel/config/target/core/iblock_0/db/udev_path", "/dev/gone\n").With("sys/kernel/config/target/core/iblock_0/db/info",
            "Status: DEACTIVATED  Max Queue Depth: 0  SectorSize: 512  HwMaxSectors: 248\n        iBlock device: sda2  UDEV PATH: /dev/gone  readonly: 0\n        Major: 8 Minor: 2  CLAIMED: IBLOCK\n");

        UsersOf("8:2").ShouldBe(["exported by the kernel's SCSI target (LIO: iblock_0/db)"]);
        UsersOf("8:0").ShouldBe(["its partition sda2 is exported by the kernel's SCSI target (LIO: iblock_0/db)"]);
    }

    [Fact]
    public void Lio_and_Scst_use_paths_that_they_name_in_full()
    {
        _host.With("sys/kernel/config/target/core/iblock_0/db/udev_path", _file + "\n").With("sys/kernel/scst_tgt/devices/disk1/filename", _file + "\n[key]\n");

        UsersOfFile().ShouldBe(["exported by the kernel's SCSI target (LIO: iblock_0/db)", "exported by SCST (device disk1)"]);
    }

    [Fact]
    public void Volumes_and_arrays_use_what_they_are_built_on_and_partitions_use_their_disk()
    {
        _host.WithHolder("sda/sda1", "dm-0").WithHolder("sda/sda2", "md0");

        UsersOf("8:1").ShouldBe(["part of the volume vg-data (dm-0)"]);
        UsersOf("8:2").ShouldBe(["part of the array md0"]);
        UsersOf("8:0").ShouldBe(["its partition sda1 is part of the volume vg-data (dm-0)", "its partition sda2 is part of the array md0"], ignoreOrder: true);
        UsersOf("253:0").ShouldBeEmpty("a volume is free though its physical volumes are not");
    }

    [Fact]
    public void A_mounted_partition_uses_its_disk_and_leaves_other_partitions_free()
    {
        _host.With("proc/self/mountinfo", "22 1 0:20 / /proc rw - proc proc rw\n36 35 8:1 / /mnt/a\\040b rw,noatime master:1 - ext4 /dev/sda1 rw\n");

        UsersOf("8:1").ShouldBe([@"mounted at /mnt/a b"]);
        UsersOf("8:0").ShouldBe([@"its partition sda1 is mounted at /mnt/a b"]);
        UsersOf("8:2").ShouldBeEmpty();
        _host.With("proc/self/mountinfo", "36 35 8:0 / /mnt rw - ext4 /dev/sda rw\n");
        UsersOf("8:2").ShouldBe(["its disk sda is mounted at /mnt"]);
    }

    [Fact]
    public void An_export_uses_everything_below_it_and_a_mount_only_its_own_device()
    {
        _host.WithHolder("sda/sda1", "dm-0");
        var exported = new StorageUse(new StorageId(8, 0, 0), "exported", "stop it", IsExport: true);

        UsersOf("253:0", exported).ShouldBe(["exported"], "the volume lies on the disk that is exported");
        UsersOf("253:0", exported with { IsExport = false }).ShouldBeEmpty();
    }

    [Fact]
    public void A_namespace_does_not_stand_in_its_own_way()
    {
        var uuid = Guid.NewGuid();
        var own = new StorageUse(Posix.StatusOf(_file)!.Value.Id, "a namespace", "delete it", IsExport: true, uuid);
        var conflicts = new StorageConflicts(_host.Tree, [own]);

        conflicts.With(Posix.StatusOf(_file)!.Value, uuid).ShouldBeEmpty();
        conflicts.With(Posix.StatusOf(_file)!.Value, null).ShouldHaveSingleItem();
    }

    [Fact]
    public void A_device_is_named_by_what_stays_with_it()
    {
        BlockDevice Device(string number) => BlockDevice.Find(StorageId.Device(number)!.Value, _host.Tree)!;
        Device("8:1").Name.ShouldBeNull();
        _host.With("sys/devices/sda/device/wwid", "naa.5000c500a1b2c3d4\n").With("sys/devices/dm-0/dm/uuid", "LVM-abc\n")
            .With("sys/devices/sda/queue/logical_block_size", "4096\n").With("sys/devices/sda/queue/discard_max_bytes", "1048576\n");

        Device("8:0").Name.ShouldBe("naa.5000c500a1b2c3d4");
        Device("8:1").Name.ShouldBe("naa.5000c500a1b2c3d4 partition 1");
        Device("253:0").Name.ShouldBe("LVM-abc");
        (Device("8:1").LogicalBlockSize, Device("8:1").HasDiscard, Device("8:1").HasWriteZeroes).ShouldBe((4096, true, false), "a partition has its disk's queue");
    }

    private IEnumerable<string> UsersOfFile() => new StorageConflicts(_host.Tree, []).With(Posix.StatusOf(_file)!.Value, null).Select(use => use.By);

    private IEnumerable<string> UsersOf(string number, params StorageUse[] uses)
    {
        const ushort blockDevice = 0x6000;
        var id = StorageId.Device(number)!.Value;
        return new StorageConflicts(_host.Tree, uses).With(new FileStatus(blockDevice, id, default, 1, 0, 0, 0), null).Select(use => use.By);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
