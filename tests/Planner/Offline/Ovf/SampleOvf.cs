using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using Migrate.Planner.Tests.Offline.Vmx;

namespace Migrate.Planner.Tests.Offline.Ovf;

/// <summary>A package with two VMs in a collection, as vSphere exports a vApp.</summary>
internal static class SampleOvf
{
    public static readonly byte[] FirstDisk = SampleVmx.Sparse(4096, "streamOptimized");
    public static readonly byte[] SecondDisk = SampleVmx.Sparse(2048, "monolithicSparse");

    public static string Descriptor => $"""
        <?xml version="1.0" encoding="UTF-8"?>
        <Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData" xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData" xmlns:vmw="http://www.vmware.com/schema/ovf">
          <References>
            <File ovf:href="disk1.vmdk" ovf:id="file1" ovf:size="{FirstDisk.Length}"/>
            <File ovf:href="disk2.vmdk" ovf:id="file2"/>
            <File ovf:href="disk3.vmdk.gz" ovf:id="file3" ovf:compression="gzip"/>
          </References>
          <DiskSection><Info>Disks</Info>
            <Disk ovf:diskId="vmdisk1" ovf:fileRef="file1" ovf:capacity="2" ovf:capacityAllocationUnits="byte * 2^20" ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>
            <Disk ovf:diskId="vmdisk2" ovf:fileRef="file2" ovf:capacity="1048576"/>
            <Disk ovf:diskId="vmdisk3" ovf:fileRef="file3" ovf:capacity="3" ovf:capacityAllocationUnits="GigaBytes"/>
            <Disk ovf:diskId="vmdisk4" ovf:capacity="${"{size}"}" ovf:capacityAllocationUnits="byte * 2^30"/>
          </DiskSection>
          <DeploymentOptionSection><Info>Sizes</Info><Configuration ovf:id="small"><Label>S</Label></Configuration><Configuration ovf:id="large" ovf:default="true"><Label>L</Label></Configuration></DeploymentOptionSection>
          <VirtualSystemCollection ovf:id="shop">
            <Info>All</Info>
            <VirtualSystem ovf:id="web">
              <Info>A VM</Info><Name>web 01</Name>
              <EulaSection><License>Nothing of this is read.</License></EulaSection>
              <AnnotationSection><Annotation>front</Annotation></AnnotationSection>
              <OperatingSystemSection ovf:id="94" vmw:osType="ubuntu64Guest"><Info>OS</Info><Description>Ubuntu Linux (64-bit)</Description></OperatingSystemSection>
              <ProductSection><Info>Properties</Info><Property ovf:key="password" ovf:type="string" ovf:value="secret"/><Property ovf:key="size" ovf:value="7"/></ProductSection>
              <VirtualHardwareSection ovf:transport="com.vmware.guestInfo iso">
                <System><vssd:InstanceID>0</vssd:InstanceID><vssd:VirtualSystemType>vmx-19 vmx-17</vssd:VirtualSystemType></System>
                <Item ovf:configuration="small"><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>1</rasd:VirtualQuantity></Item>
                <Item ovf:configuration="large"><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>8</rasd:VirtualQuantity><vmw:CoresPerSocket>4</vmw:CoresPerSocket></Item>
                <Item ovf:bound="min"><rasd:InstanceID>2</rasd:InstanceID><rasd:ResourceType>4</rasd:ResourceType><rasd:AllocationUnits>MegaBytes</rasd:AllocationUnits><rasd:VirtualQuantity>16</rasd:VirtualQuantity></Item>
                <Item><rasd:InstanceID>2</rasd:InstanceID><rasd:ResourceType>4</rasd:ResourceType><rasd:AllocationUnits>byte * 2^30</rasd:AllocationUnits><rasd:VirtualQuantity>16</rasd:VirtualQuantity></Item>
                <Item><rasd:InstanceID>3</rasd:InstanceID><rasd:ResourceType>6</rasd:ResourceType><rasd:Address>0</rasd:Address><rasd:ResourceSubType>VirtualSCSI</rasd:ResourceSubType><rasd:ElementName>SCSI 0</rasd:ElementName></Item>
                <Item><rasd:InstanceID>4</rasd:InstanceID><rasd:ResourceType>20</rasd:ResourceType><rasd:Address>0</rasd:Address><rasd:ResourceSubType>vmware.nvme.controller</rasd:ResourceSubType></Item>
                <Item><rasd:InstanceID>5</rasd:InstanceID><rasd:ResourceType>17</rasd:ResourceType><rasd:ElementName>Hard disk 1</rasd:ElementName><rasd:Parent>3</rasd:Parent><rasd:AddressOnParent>0</rasd:AddressOnParent><rasd:HostResource>ovf:/disk/vmdisk1</rasd:HostResource></Item>
                <Item><rasd:InstanceID>6</rasd:InstanceID><rasd:ResourceType>17</rasd:ResourceType><rasd:ElementName>Hard disk 2</rasd:ElementName><rasd:Parent>4</rasd:Parent><rasd:AddressOnParent>1</rasd:AddressOnParent><rasd:HostResource>/disk/vmdisk2</rasd:HostResource></Item>
                <Item><rasd:InstanceID>7</rasd:InstanceID><rasd:ResourceType>10</rasd:ResourceType><rasd:ElementName>Network adapter 1</rasd:ElementName><rasd:AutomaticAllocation>true</rasd:AutomaticAllocation><rasd:Connection>VM Network</rasd:Connection><rasd:ResourceSubType>VmxNet3</rasd:ResourceSubType></Item>
                <Item ovf:required="false"><rasd:InstanceID>8</rasd:InstanceID><rasd:ResourceType>15</rasd:ResourceType><rasd:ElementName>CD/DVD drive 1</rasd:ElementName></Item>
                <vmw:Config vmw:key="firmware" vmw:value="efi"/><vmw:Config vmw:key="bootOptions.efiSecureBootEnabled" vmw:value="true"/>
                <vmw:ExtraConfig vmw:key="disk.EnableUUID" vmw:value="TRUE"/><vmw:ExtraConfig vmw:key="guestinfo.userdata" vmw:value="secret"/>
              </VirtualHardwareSection>
            </VirtualSystem>
            <VirtualSystem ovf:id="db">
              <Info>Another</Info>
              <VirtualHardwareSection>
                <Item><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>2</rasd:VirtualQuantity></Item>
                <Item><rasd:InstanceID>2</rasd:InstanceID><rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>512</rasd:VirtualQuantity></Item>
                <Item><rasd:InstanceID>3</rasd:InstanceID><rasd:ResourceType>5</rasd:ResourceType><rasd:Address>1</rasd:Address></Item>
                <Item><rasd:InstanceID>4</rasd:InstanceID><rasd:ResourceType>17</rasd:ResourceType><rasd:ElementName>Hard disk 1</rasd:ElementName><rasd:Parent>3</rasd:Parent><rasd:HostResource>ovf:/disk/vmdisk3</rasd:HostResource></Item>
                <Item><rasd:InstanceID>5</rasd:InstanceID><rasd:ResourceType>17</rasd:ResourceType><rasd:ElementName>Hard disk 2</rasd:ElementName><rasd:Parent>3</rasd:Parent><rasd:HostResource>ovf:/disk/vmdisk4</rasd:HostResource></Item>
              </VirtualHardwareSection>
            </VirtualSystem>
          </VirtualSystemCollection>
        </Envelope>
        """;

    public static string Manifest(string descriptor) => $"""
        SHA256(shop.ovf)= {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(descriptor)))}
        SHA1 (disk1.vmdk) = {Sha1(FirstDisk)}
        SHA512(disk2.vmdk)= {Convert.ToHexStringLower(SHA512.HashData(SecondDisk))}
        """;

    public static void WriteTo(TemporaryFolder folder)
    {
        folder.Write("shop.ovf", Descriptor);
        folder.Write("shop.mf", Manifest(Descriptor));
        folder.Write("disk1.vmdk", FirstDisk);
        folder.Write("disk2.vmdk", SecondDisk);
    }

    /// <summary>An .ova with the members in the order given.</summary>
    public static byte[] Archive(params (string Name, byte[] Bytes)[] members)
    {
        using var stream = new MemoryStream();
        using (var tar = new TarWriter(stream, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var (name, bytes) in members)
            {
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(bytes) });
            }
        }

        return stream.ToArray();
    }

#pragma warning disable CA5350 // Older packages have no other digests.
    private static string Sha1(byte[] bytes) => Convert.ToHexStringLower(SHA1.HashData(bytes));
#pragma warning restore CA5350
}
