using System.Text;
using Migrate.Executor.Conversion;
using Migrate.Planner;

namespace Migrate.Executor.Tests.Conversion;

public sealed class DeviceNamesTests
{
    private static readonly Dictionary<string, GuestDevice> Devices = new[]
    {
        new GuestDevice("/dev/sda1", "ext4", "0a1b2c3d-1111-4222-8333-444455556666", "aaaa-01"),
        new GuestDevice("/dev/sda5", "swap", "11111111-2222-3333-4444-555555555555", "aaaa-05"),
        new GuestDevice("/dev/sdb1", "crypto_LUKS", "22222222-2222-3333-4444-555555555555", null),
        new GuestDevice("/dev/sdc1", "xfs", null, "cccc-01"),
        new GuestDevice("/dev/sdaa2", "vfat", "ABCD-1234", null),
        new GuestDevice("/dev/sdd1", "ext4", null, null),
    }.ToDictionary(x => x.Name);

    private const string Fstab =
        "# /etc/fstab: /dev/sda1 was here during installation\n"
        + "/dev/sda1       /               ext4    errors=remount-ro 0       1\n"
        + "\t /dev/sda5\tnone\tswap\tsw\t0\t0\n"
        + "\n"
        + "UUID=99999999-1111-4222-8333-444455556666 /srv xfs defaults 0 2   # not /dev/sda1\n"
        + "/dev/mapper/vg-home /home ext4 defaults 0 2\n"
        + "/dev/sdc1 /data xfs nofail 0 2\r\n"
        + "/dev/sdaa2 /boot/efi vfat umask=0077 0 1\n"
        + "/dev/sdz9 /gone ext4 nofail 0 0\n"
        + "tmpfs /tmp tmpfs size=1G 0 0 \xe4\xff";

    [Fact]
    public void Names_in_fstab_become_UUIDs_and_all_other_lines_stay_byte_for_byte()
    {
        var bytes = Encoding.Latin1.GetBytes(Fstab);
        var renamed = DeviceNames.Replace("/etc/fstab", Encoding.Latin1.GetString(bytes), Devices);

        var (before, after) = (Fstab.Split('\n'), Encoding.Latin1.GetString(Encoding.Latin1.GetBytes(renamed.Text)).Split('\n'));
        after.Length.ShouldBe(before.Length);
        after[1].ShouldBe("UUID=0a1b2c3d-1111-4222-8333-444455556666       /               ext4    errors=remount-ro 0       1");
        after[2].ShouldBe("\t UUID=11111111-2222-3333-4444-555555555555\tnone\tswap\tsw\t0\t0");
        after[6].ShouldBe("PARTUUID=cccc-01 /data xfs nofail 0 2\r", "it has no UUID of its own");
        after[7].ShouldBe("UUID=ABCD-1234 /boot/efi vfat umask=0077 0 1");
        foreach (var same in (int[])[0, 3, 4, 5, 8, 9])
        {
            after[same].ShouldBe(before[same]);
        }

        renamed.Changes.Count.ShouldBe(4);
        renamed.Warnings.ShouldHaveSingleItem().ShouldContain("/dev/sdz9");
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("UUID=a / ext4 defaults 0 1")]
    [InlineData("LABEL=/dev/sda1 / ext4 defaults 0 1\n")]
    [InlineData("/dev/sda12345 / ext4\r\n/dev/sdqq1 /x ext4 defaults 0 0\r\n")]
    public void A_file_without_such_names_is_the_same(string text) => DeviceNames.Replace("/etc/fstab", text, Devices).Text.ShouldBe(text);

    [Fact]
    public void Types_that_contradict_the_disks_are_refused()
    {
        var refused = Should.Throw<MigrateException>(() => DeviceNames.Replace("/etc/fstab", "/dev/sdb1 /srv ext4 defaults 0 2\n", Devices));
        refused.Code.ShouldBe("conversion.device-ambiguous");
        refused.Message.ShouldContain("/dev/sdb1 is ext4, and on the copied disks it is crypto_LUKS");
        Should.Throw<MigrateException>(() => DeviceNames.Replace("/etc/fstab", "/dev/sdd1 /srv auto defaults 0 2\n", Devices)).Code.ShouldBe("conversion.device-unnamed");
        DeviceNames.Replace("/etc/fstab", "/dev/sda1 / ext3 defaults 0 1\n", Devices).Changes.Count.ShouldBe(1, "ext3 is mounted as ext4");
        DeviceNames.Replace("/etc/fstab", "/dev/sda1 / auto defaults 0 1\n", Devices).Changes.Count.ShouldBe(1);
    }

    [Fact]
    public void Crypttab()
    {
        const string Text = "# name device\nhome /dev/sdb1 none luks\nswap\t/dev/sda5\n data /dev/disk/by-path/pci-0000:03:00.0-scsi-0:0:1:0-part1 none luks\nother UUID=1 /dev/sdb1 luks\n";
        var renamed = DeviceNames.Replace("/etc/crypttab", Text, Devices);
        renamed.Text.ShouldBe(Text
            .Replace("home /dev/sdb1", "home UUID=22222222-2222-3333-4444-555555555555", StringComparison.Ordinal)
            .Replace("swap\t/dev/sda5", "swap\tUUID=11111111-2222-3333-4444-555555555555", StringComparison.Ordinal));
        renamed.Warnings.ShouldHaveSingleItem().ShouldContain("by-path");
    }

    [Theory]
    [InlineData("/etc/default/grub", "GRUB_CMDLINE_LINUX=\"root=/dev/sda1 quiet\"", "GRUB_CMDLINE_LINUX=\"root=UUID=0a1b2c3d-1111-4222-8333-444455556666 quiet\"")]
    [InlineData("/etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT='quiet resume=/dev/sda5'", "GRUB_CMDLINE_LINUX_DEFAULT='quiet resume=UUID=11111111-2222-3333-4444-555555555555'")]
    [InlineData("/boot/grub/grub.cfg", "\tlinux /vmlinuz-6.1 root=/dev/sda1 ro", "\tlinux /vmlinuz-6.1 root=UUID=0a1b2c3d-1111-4222-8333-444455556666 ro")]
    [InlineData("/etc/initramfs-tools/conf.d/resume", "RESUME=/dev/sda5", "RESUME=UUID=11111111-2222-3333-4444-555555555555")]
    [InlineData("/boot/loader/entries/a.conf", "options cryptdevice=/dev/sdb1:root root=/dev/mapper/root", "options cryptdevice=UUID=22222222-2222-3333-4444-555555555555:root root=/dev/mapper/root")]
    [InlineData("/etc/default/grub", "#GRUB_CMDLINE_LINUX=\"root=/dev/sda1\"", "#GRUB_CMDLINE_LINUX=\"root=/dev/sda1\"")]
    [InlineData("/boot/grub/grub.cfg", "  linux /vmlinuz chroot=/dev/sda1 root=/dev/sda10", "  linux /vmlinuz chroot=/dev/sda1 root=/dev/sda10")]
    [InlineData("/boot/grub/grub.cfg", "  set root='hd0,msdos1' # root=/dev/sda1x", "  set root='hd0,msdos1' # root=/dev/sda1x")]
    public void Kernel_arguments(string path, string before, string after) => DeviceNames.Replace(path, before + "\nrest /dev/sda1\n", Devices).Text.ShouldBe(after + "\nrest /dev/sda1\n");
}
