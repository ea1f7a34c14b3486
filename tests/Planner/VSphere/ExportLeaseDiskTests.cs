using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere;
using Migrate.Vim25;
using VirtualDisk = Migrate.Planner.Inventory.VirtualDisk;

namespace Migrate.Planner.Tests.VSphere;

public sealed class ExportLeaseDiskTests
{
    private static readonly Uri Source = new("https://esx1:8443/sdk");

    private static readonly Vm Vm = new()
    {
        Key = "vm-1",
        Name = "web01",
        PowerState = "poweredOff",
        Disks = [Disk(2000, "scsi0:0"), Disk(2017, "scsi1:1"), Disk(3000, "ide0:0"), Disk(31000, "nvme0:0"), Disk(16000, "sata0:1")],
    };

    [Theory]
    [InlineData("/vm-1/ParaVirtualSCSIController0:0", 2000)]
    [InlineData("/vm-1/VirtualLsiLogicSASController1:1", 2017)]
    [InlineData("/vm-1/VirtualIDEController0:0", 3000)]
    [InlineData("/vm-1/VirtualNVMEController0:0", 31000)]
    [InlineData("/vm-1/VirtualAHCIController0:1", 16000)]
    public void A_lease_s_disk_is_matched_by_controller_bus_and_unit(string key, int disk) =>
        ExportLeaseDisk.Of(Vm, Info(key, "https://esx2/nfc/1/disk-0.vmdk"), Source).ShouldHaveSingleItem().Key.ShouldBe(disk);

    [Theory]
    [InlineData("https://*/nfc/1/disk-0.vmdk", "https://esx1:8443/nfc/1/disk-0.vmdk")]
    [InlineData("https://*:444/nfc/1/disk-0.vmdk", "https://esx1:444/nfc/1/disk-0.vmdk")]
    [InlineData("https://esx9/nfc/1/disk-0.vmdk", "https://esx9/nfc/1/disk-0.vmdk")]
    public void The_star_of_ESXi_means_the_host_that_was_asked(string given, string expected) =>
        ExportLeaseDisk.Of(Vm, Info("/1/ParaVirtualSCSIController0:0", given), Source)[0].Url.AbsoluteUri.ShouldBe(expected);

    [Theory]
    [InlineData("http://esx9/nfc/1/disk-0.vmdk")]
    [InlineData("disk-0.vmdk")]
    public void An_address_that_is_not_https_is_refused(string url) =>
        Should.Throw<MigrateException>(() => ExportLeaseDisk.Of(Vm, Info("/1/ParaVirtualSCSIController0:0", url), Source));

    [Fact]
    public void A_disk_that_the_VM_does_not_have_is_refused_instead_of_guessed() =>
        Should.Throw<MigrateException>(() => ExportLeaseDisk.Of(Vm, Info("/vm-1/ParaVirtualSCSIController0:9", "https://esx2/x"), Source)).Code.ShouldBe("source.lease-unmatched");

    [Fact]
    public void What_is_no_disk_is_left_out() =>
        ExportLeaseDisk.Of(Vm, new HttpNfcLeaseInfo { DeviceUrl = [new() { Key = "/vm-1/nvram", Url = "https://esx2/x", Disk = false }] }, Source).ShouldBeEmpty();

    private static HttpNfcLeaseInfo Info(string key, string url) => new() { DeviceUrl = [new() { Key = key, Url = url, Disk = true }] };

    private static VirtualDisk Disk(int key, string instance) => new() { Key = key, Label = instance, CapacityBytes = 1, Instance = instance };
}
