using System.Text;

namespace Migrate.Planner.Tests.Offline.Vmx;

/// <summary>A VM as ESXi keeps it: settings, snapshots, and disks of several kinds beside them.</summary>
internal static class SampleVmx
{
    public const string Vmx = """
        .encoding = "UTF-8"
        config.version = "8"
        virtualHW.version = "21"
        displayName = "shop |22db|22 Zürich"
        annotation = "first|0Asecond"
        guestOS = "debian12-64"
        firmware = "efi"
        uefi.secureBoot.enabled = "TRUE"
        numvcpus = "4"
        cpuid.coresPerSocket = "2"
        memSize = "8192"
        vcpu.hotadd = "TRUE"
        uuid.bios = "42 3e 94 a9 a1 c7 b3 1d-71 61 76 c7 58 6c 83 0e"
        vc.uuid = "50 3e 06 db f8 d5 45 8e-a2 fb f9 82 02 53 a7 be"
        disk.EnableUUID = "TRUE"
        sched.cpu.min = "500"
        sched.cpu.shares = "high"
        sched.mem.max = "unlimited"
        scsi0.present = "TRUE"
        scsi0.virtualDev = "pvscsi"
        scsi0:0.present = "TRUE"
        scsi0:0.fileName = "shop-000001.vmdk"
        scsi0:0.deviceType = "scsi-hardDisk"
        scsi0:0.ctkEnabled = "TRUE"
        sched.scsi0:0.throughputCap = "1200"
        SCSI0:1.Present = "true"
        Scsi0:1.FileName = "/vmfs/volumes/ds1/shop/shop_1.vmdk"
        scsi0:1.mode = "independent-persistent"
        scsi0:1.sharing = "multi-writer"
        nvme0.present = "TRUE"
        nvme0:0.present = "TRUE"
        nvme0:0.fileName = "rdm.vmdk"
        sata0:0.present = "TRUE"
        sata0:0.deviceType = "cdrom-image"
        sata0:0.fileName = "/vmfs/volumes/iso/debian.iso"
        scsi0:2.present = "FALSE"
        scsi0:2.fileName = "gone.vmdk"
        ethernet0.present = "TRUE"
        ethernet0.virtualDev = "vmxnet3"
        ethernet0.networkName = "VM Network"
        ethernet0.addressType = "vpx"
        ethernet0.generatedAddress = "00:50:56:BE:00:15"
        ethernet1.present = "TRUE"
        ethernet1.dvs.switchId = "50 34 26 b2 94 e9 3b 16-1d 68 87 bf ff 4a 54 40"
        ethernet1.dvs.portgroupId = "dvportgroup-12"
        ethernet1.addressType = "static"
        ethernet1.address = "00:50:56:00:00:01"
        ethernet1.startConnected = "FALSE"
        vtpm.present = "TRUE"
        floppy0.present = "FALSE"
        """;

    public const string Vmsd = """
        .encoding = "UTF-8"
        snapshot.lastUID = "2"
        snapshot.current = "2"
        snapshot.numSnapshots = "2"
        snapshot0.uid = "1"
        snapshot0.displayName = "before"
        snapshot0.description = "the update"
        snapshot0.createTimeHigh = "404000"
        snapshot0.createTimeLow = "-5"
        snapshot0.numDisks = "1"
        snapshot0.disk0.fileName = "shop.vmdk"
        snapshot1.uid = "2"
        snapshot1.parent = "1"
        snapshot1.displayName = "after"
        snapshot1.type = "1"
        snapshot1.numDisks = "0"
        """;

    public static void WriteTo(TemporaryFolder folder, string below = "shop")
    {
        folder.Write($"{below}/shop.vmx", Vmx);
        folder.Write($"{below}/shop.vmsd", Vmsd);
        folder.Write($"{below}/shop-000001.vmdk", Descriptor("vmfsSparse", 2048, "VMFSSPARSE", "shop-000001-delta.vmdk", "parentFileNameHint=\"shop.vmdk\""));
        folder.Write($"{below}/shop-000001-delta.vmdk", "COWD");
        folder.Write($"{below}/shop.vmdk", Descriptor("vmfs", 2048, "VMFS", "shop-flat.vmdk", "ddb.uuid = \"60 00 C2 93 00 11 22 33-44 55 66 77 88 99 aa bb\"\nddb.thinProvisioned = \"1\""));
        folder.Write($"{below}/shop-flat.vmdk", new byte[2048 * 512]);
        folder.Write($"{below}/shop_1.vmdk", Descriptor("twoGbMaxExtentSparse", 4192256, "SPARSE", "shop_1-s001.vmdk", "RW 2048 SPARSE \"shop_1-s002.vmdk\""));
        folder.Write($"{below}/shop_1-s001.vmdk", Sparse(4192256, "twoGbMaxExtentSparse"));
        folder.Write($"{below}/shop_1-s002.vmdk", Sparse(2048, "twoGbMaxExtentSparse"));
        folder.Write($"{below}/rdm.vmdk", Descriptor("vmfsPassthroughRawDeviceMap", 8192, "VMFSRDM", "rdm-rdmp.vmdk", ""));
    }

    public static string Descriptor(string createType, long sectors, string extentType, string file, string more) => $"""
        # Disk DescriptorFile
        version=1
        CID=fffffffe
        parentCID=ffffffff
        createType="{createType}"

        # Extent description
        RW {sectors} {extentType} "{file}"
        {more}
        ddb.adapterType = "lsilogic"
        """;

    /// <summary>A hosted sparse file: header, then its descriptor, then its directory of tables, of which there is none yet.</summary>
    public static byte[] Sparse(long sectors, string createType)
    {
        var bytes = new byte[512 * 22];
        "KDMV"u8.CopyTo(bytes);
        BitConverter.GetBytes(1).CopyTo(bytes, 4);
        BitConverter.GetBytes(sectors).CopyTo(bytes, 12);
        BitConverter.GetBytes(128L).CopyTo(bytes, 20);
        BitConverter.GetBytes(1L).CopyTo(bytes, 28);
        BitConverter.GetBytes(20L).CopyTo(bytes, 36);
        BitConverter.GetBytes(512).CopyTo(bytes, 44);
        BitConverter.GetBytes(21L).CopyTo(bytes, 56);
        Encoding.ASCII.GetBytes(Descriptor(createType, sectors, "SPARSE", "self.vmdk", "")).CopyTo(bytes, 512);
        return bytes;
    }

}
