using Migrate.Executor.Conversion;

namespace Migrate.Executor.Tests.Conversion;

/// <summary>What libguestfs 1.48 answered.</summary>
public sealed class InspectionTests
{
    private const string Answer = """
        == filesystems
        /dev/sda1: ext4
        /dev/sda2: unknown
        /dev/sdb1: BitLocker
        == device /dev/sda
        PTUUID: de68643f
        PTTYPE: dos
        == device /dev/sda1
        LABEL: a UUID: x
        UUID: b00e9a24-7182-45db-afd7-25402fe683fd
        UUID_SUB: no
        TYPE: ext4
        PARTUUID: de68643f-01
        == device /dev/sda2
        PARTUUID: de68643f-02
        == device /dev/sdb1
        == roots
        /dev/sda1
        == type
        linux
        == product-name
        12.15
        == distro
        debian
        == boot
        config-6.1.0-9-amd64
        vmlinuz-6.1.0-9-amd64
        """;

    [Fact]
    public async Task Devices_and_system_are_read_and_no_file_of_this_machine()
    {
        var place = Directory.CreateTempSubdirectory("migrate-inspection-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(place, "etc"));
            await File.WriteAllTextAsync(Path.Combine(place, "etc", "fstab"), "/dev/sda1 / ext4 defaults 0 1\n", TestContext.Current.CancellationToken);
            File.CreateSymbolicLink(Path.Combine(place, "etc", "crypttab"), "/etc/hostname");
            var guest = await GuestInspection.ReadAsync(Answer, place, TestContext.Current.CancellationToken);
            guest.Devices.Keys.ShouldBe(["/dev/sda", "/dev/sda1", "/dev/sda2", "/dev/sdb1"], ignoreOrder: true);
            guest.Devices["/dev/sda1"].ShouldBe(new GuestDevice("/dev/sda1", "ext4", "b00e9a24-7182-45db-afd7-25402fe683fd", "de68643f-01"));
            guest.Devices["/dev/sda2"].LastingName.ShouldBe("PARTUUID=de68643f-02");
            guest.Devices["/dev/sdb1"].Type.ShouldBe("BitLocker");
            (guest.Type, guest.Product).ShouldBe(("linux", "debian 12.15"));
            guest.Kernels.ShouldHaveSingleItem().ShouldBe(new GuestKernel("6.1.0-9-amd64", null, null));
            guest.Files.Keys.ShouldBe(["/etc/fstab"], "a link of the guest's leads to this machine's files");
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
    }

    [Fact]
    public void Disks_are_named_as_the_kernel_counts()
    {
        ((int[])[0, 25, 26, 51, 52, 701, 702]).Select(VirtV2v.Letters).ShouldBe(["a", "z", "aa", "az", "ba", "zz", "aaa"]);
        VirtV2v.Description(["/a b/<1>.qcow2", "/2"]).ShouldContain("/a b/&lt;1&gt;.qcow2");
    }
}
