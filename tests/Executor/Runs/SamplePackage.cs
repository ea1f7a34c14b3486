using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;

namespace Migrate.Executor.Tests.Runs;

/// <summary>VMs as files, with disks that qemu-img wrote.</summary>
internal static class SamplePackage
{
    /// <summary>An .ova in the order that the format demands: descriptor, manifest, disks.</summary>
    public static async Task<string> OvaAsync(string folder, string disk, long capacity)
    {
        var bytes = await File.ReadAllBytesAsync(disk, TestContext.Current.CancellationToken);
        var descriptor = Encoding.UTF8.GetBytes(Descriptor(Path.GetFileName(disk), bytes.Length, capacity));
        var manifest = $"SHA256(vm.ovf)= {Convert.ToHexStringLower(SHA256.HashData(descriptor))}\nSHA256({Path.GetFileName(disk)})= {Convert.ToHexStringLower(SHA256.HashData(bytes))}\n";
        var path = Path.Combine(folder, "vm.ova");
        await using var tar = new TarWriter(File.Create(path), TarEntryFormat.Ustar);
        foreach (var (name, content) in new[] { ("vm.ovf", descriptor), ("vm.mf", Encoding.ASCII.GetBytes(manifest)), (Path.GetFileName(disk), bytes) })
        {
            await tar.WriteEntryAsync(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) }, TestContext.Current.CancellationToken);
        }

        return path;
    }

    public static async Task<string> OvfAsync(string folder, string disk, long capacity)
    {
        var path = Path.Combine(folder, "vm.ovf");
        await File.WriteAllTextAsync(path, Descriptor(Path.GetFileName(disk), new FileInfo(disk).Length, capacity), TestContext.Current.CancellationToken);
        return path;
    }

    public static async Task<string> VmxAsync(string folder, string disk)
    {
        var path = Path.Combine(folder, "vm.vmx");
        await File.WriteAllTextAsync(path, $"""
            .encoding = "UTF-8"
            config.version = "8"
            virtualHW.version = "19"
            displayName = "files01"
            guestOS = "debian12-64"
            numvcpus = "2"
            memSize = "512"
            scsi0.present = "TRUE"
            scsi0.virtualDev = "pvscsi"
            scsi0:0.present = "TRUE"
            scsi0:0.fileName = "{disk}"
            """, TestContext.Current.CancellationToken);
        return path;
    }

    private static string Descriptor(string file, long bytes, long capacity) => $"""
        <?xml version="1.0" encoding="UTF-8"?>
        <Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData" xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData">
          <References><File ovf:href="{file}" ovf:id="file1" ovf:size="{bytes}"/></References>
          <DiskSection><Info>Disks</Info><Disk ovf:diskId="vmdisk1" ovf:fileRef="file1" ovf:capacity="{capacity}" ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/></DiskSection>
          <VirtualSystem ovf:id="files01">
            <Info>A VM</Info><Name>files01</Name>
            <VirtualHardwareSection>
              <System><vssd:InstanceID>0</vssd:InstanceID><vssd:VirtualSystemType>vmx-19</vssd:VirtualSystemType></System>
              <Item><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>2</rasd:VirtualQuantity></Item>
              <Item><rasd:InstanceID>2</rasd:InstanceID><rasd:ResourceType>4</rasd:ResourceType><rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits><rasd:VirtualQuantity>512</rasd:VirtualQuantity></Item>
              <Item><rasd:InstanceID>3</rasd:InstanceID><rasd:ResourceType>6</rasd:ResourceType><rasd:Address>0</rasd:Address><rasd:ResourceSubType>VirtualSCSI</rasd:ResourceSubType></Item>
              <Item><rasd:InstanceID>4</rasd:InstanceID><rasd:ResourceType>17</rasd:ResourceType><rasd:ElementName>Hard disk 1</rasd:ElementName><rasd:Parent>3</rasd:Parent><rasd:AddressOnParent>0</rasd:AddressOnParent><rasd:HostResource>ovf:/disk/vmdisk1</rasd:HostResource></Item>
            </VirtualHardwareSection>
          </VirtualSystem>
        </Envelope>
        """;
}
