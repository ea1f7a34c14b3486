using Migrate.Executor.Destinations;

namespace Migrate.Executor.Tests.Destinations;

public sealed class BlockDevicesTests
{
    private static readonly string[] MountInfo =
    [
        "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw",
        "30 27 0:40 / /srv rw,relatime shared:5 - nfs4 nas:/export rw",
        "31 30 253:1 / /srv/fast rw - xfs /dev/mapper/vg-fast rw",
        @"32 27 253:2 / /mnt/two\040words rw - btrfs /dev/sdb rw",
        "33 27 253:3 / /srv/fast rw - ext4 /dev/sdc rw",
    ];

    [Theory]
    [InlineData("/var/lib/migrate/a.raw", "ext4", "254:0")]
    [InlineData("/srv/a.raw", "nfs4", "0:40")]
    [InlineData("/srv/faster/a.raw", "nfs4", "0:40")]
    [InlineData("/srv/fast/a.raw", "ext4", "253:3")]
    [InlineData("/mnt/two words/a.raw", "btrfs", "253:2")]
    public void The_nearest_and_latest_mount_holds_a_path(string path, string fileSystem, string device)
    {
        var mount = BlockDevices.MountOf(path, MountInfo)!;
        (mount.FileSystem, mount.Device).ShouldBe((fileSystem, device));
    }

    [Fact]
    public void This_machines_own_root_has_a_file_system() => HostProbe.FileSystemOf("/").ShouldNotBeNullOrEmpty();

    [Fact]
    public void A_file_system_without_a_device_tells_nothing_about_rotation() => HostProbe.IsRotational("/proc/version").ShouldBeNull();

    [Fact]
    public void The_kernel_is_believed_about_a_device_of_its_own_except_where_it_cannot_know()
    {
        foreach (var queue in Directory.EnumerateDirectories("/sys/block").Where(d => File.Exists(d + "/queue/rotational")))
        {
            var (name, flag) = (Path.GetFileName(queue), File.ReadAllText(queue + "/queue/rotational").Trim());
            bool? expected = flag == "0" ? false : name.StartsWith("vd", StringComparison.Ordinal) ? null : true;
            HostProbe.IsRotational("/dev/" + name).ShouldBe(expected, name);
        }
    }
}
