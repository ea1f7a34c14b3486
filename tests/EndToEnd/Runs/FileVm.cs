using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using Migrate.EndToEnd.Tests.Kvm;

namespace Migrate.EndToEnd.Tests.Runs;

/// <summary>The bootable guest as files that describe a VM, with disks that qemu-img wrote.</summary>
/// <param name="Name">What no other test calls its VM.</param>
/// <param name="Kind">How <c>migrate source add</c> calls it, e.g. --ova.</param>
/// <param name="Path">The .ova or .vmx.</param>
/// <param name="Network">The network of its only NIC.</param>
/// <param name="Expected">What qemu-img reads out of its disk: a raw image.</param>
/// <param name="Payload">Hash of the guest's payload, which the guest computes once it is up.</param>
internal sealed record FileVm(string Name, string Kind, string Path, string Network, string Expected, string Payload)
{
    /// <summary>Between the boot loader and the first partition, where nobody's data is.</summary>
    private const long UnusedOffset = 768 << 10;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A package as appliances come: a compressed disk, a NIC without an address, a manifest of everything.</summary>
    public static async Task<FileVm> OvaAsync(string directory)
    {
        var (name, raw, payload) = await GuestAsync(directory);
        var disk = System.IO.Path.Combine(directory, "appliance-disk1.vmdk");
        await Programs.OutputOfAsync("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized", raw, disk);
        var expected = await ExpectedAsync(directory, disk);

        var descriptor = Encoding.UTF8.GetBytes(Descriptor(name, new FileInfo(disk).Length, new FileInfo(expected).Length));
        var manifest = $"SHA256(appliance.ovf)= {Convert.ToHexStringLower(SHA256.HashData(descriptor))}\nSHA256(appliance-disk1.vmdk)= {await HashOfFileAsync(disk)}\n";
        var path = System.IO.Path.Combine(directory, "appliance.ova");
        await using (var tar = new TarWriter(File.Create(path), TarEntryFormat.Ustar))
        await using (var content = File.OpenRead(disk))
        {
            foreach (var (entry, stream) in new (string, Stream)[] { ("appliance.ovf", new MemoryStream(descriptor)), ("appliance.mf", new MemoryStream(Encoding.ASCII.GetBytes(manifest))), ("appliance-disk1.vmdk", content) })
            {
                await tar.WriteEntryAsync(new UstarTarEntry(TarEntryType.RegularFile, entry) { DataStream = stream }, Cancellation);
            }
        }

        File.Delete(disk);
        File.Delete(raw);
        return new FileVm(name, "--ova", path, "VM Network", expected, payload);
    }

    /// <summary>A workstation's VM with a snapshot: a disk of several files, and one of what was written since.</summary>
    public static async Task<FileVm> VmxAsync(string directory)
    {
        var (name, raw, payload) = await GuestAsync(directory);
        var folder = Directory.CreateDirectory(System.IO.Path.Combine(directory, name)).FullName;
        var disk = System.IO.Path.Combine(folder, "guest.vmdk");
        await Programs.OutputOfAsync("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=twoGbMaxExtentSparse", raw, disk);
        var child = System.IO.Path.Combine(folder, "guest-000001.vmdk");
        await Programs.OutputOfAsync("qemu-img", "create", "-f", "vmdk", "-F", "vmdk", "-b", disk, child);
        await Programs.OutputOfAsync("qemu-io", "-f", "vmdk", "-c", $"write -P 0x5a {UnusedOffset} 64k", child);
        var expected = await ExpectedAsync(directory, child);
        File.Delete(raw);

        var path = System.IO.Path.Combine(folder, "guest.vmx");
        await File.WriteAllTextAsync(path, $"""
            .encoding = "UTF-8"
            config.version = "8"
            virtualHW.version = "19"
            displayName = "{name}"
            guestOS = "debian12-64"
            uuid.bios = "{HalfUuid()}-{HalfUuid()}"
            numvcpus = "2"
            memSize = "256"
            sata0.present = "TRUE"
            sata0:1.present = "TRUE"
            sata0:1.fileName = "guest-000001.vmdk"
            ethernet0.present = "TRUE"
            ethernet0.connectionType = "nat"
            ethernet0.virtualDev = "e1000"
            ethernet0.addressType = "generated"
            ethernet0.generatedAddress = "00:0c:29:{Random.Shared.Next(256):x2}:{Random.Shared.Next(256):x2}:{Random.Shared.Next(256):x2}"
            """, Cancellation);
        return new FileVm(name, "--vmx", path, "nat", expected, payload);
    }

    private static async Task<(string Name, string Raw, string Payload)> GuestAsync(string directory)
    {
        var raw = System.IO.Path.Combine(directory, "guest.raw");
        return (Guests.NewName(), raw, await GuestDisk.MakeAsync(raw, "--hostname", "files01", "--payload", "4"));
    }

    private static async Task<string> ExpectedAsync(string directory, string disk)
    {
        var expected = System.IO.Path.Combine(directory, "expected.raw");
        await Programs.OutputOfAsync("qemu-img", "convert", "-f", "vmdk", "-O", "raw", disk, expected);
        return expected;
    }

    private static async Task<string> HashOfFileAsync(string path)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, Cancellation));
    }

    private static string HalfUuid()
    {
        var bytes = new byte[8];
        Random.Shared.NextBytes(bytes);
        return BitConverter.ToString(bytes).Replace('-', ' ').ToLowerInvariant();
    }

    private static string Descriptor(string name, long bytes, long capacity) => $"""
        <?xml version="1.0" encoding="UTF-8"?>
        <Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData" xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData">
          <References><File ovf:href="appliance-disk1.vmdk" ovf:id="file1" ovf:size="{bytes}"/></References>
          <DiskSection><Info>Disks</Info><Disk ovf:diskId="vmdisk1" ovf:fileRef="file1" ovf:capacity="{capacity}" ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/></DiskSection>
          <NetworkSection><Info>Networks</Info><Network ovf:name="VM Network"><Description>The VM Network network</Description></Network></NetworkSection>
          <VirtualSystem ovf:id="{name}">
            <Info>A VM</Info><Name>{name}</Name>
            <OperatingSystemSection ovf:id="96"><Info>The guest</Info><Description>Debian GNU/Linux 12 (64-bit)</Description></OperatingSystemSection>
            <VirtualHardwareSection>
              <Info>Hardware</Info>
              <System><vssd:ElementName>Virtual Hardware Family</vssd:ElementName><vssd:InstanceID>0</vssd:InstanceID><vssd:VirtualSystemType>vmx-19</vssd:VirtualSystemType></System>
              <Item><rasd:ElementName>2 virtual CPUs</rasd:ElementName><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>2</rasd:VirtualQuantity></Item>
              <Item><rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits><rasd:ElementName>256MB of memory</rasd:ElementName><rasd:InstanceID>2</rasd:InstanceID><rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>256</rasd:VirtualQuantity></Item>
              <Item><rasd:Address>0</rasd:Address><rasd:ElementName>SCSI Controller 0</rasd:ElementName><rasd:InstanceID>3</rasd:InstanceID><rasd:ResourceSubType>VirtualSCSI</rasd:ResourceSubType><rasd:ResourceType>6</rasd:ResourceType></Item>
              <Item><rasd:AddressOnParent>0</rasd:AddressOnParent><rasd:ElementName>Hard Disk 1</rasd:ElementName><rasd:HostResource>ovf:/disk/vmdisk1</rasd:HostResource><rasd:InstanceID>4</rasd:InstanceID><rasd:Parent>3</rasd:Parent><rasd:ResourceType>17</rasd:ResourceType></Item>
              <Item><rasd:AddressOnParent>7</rasd:AddressOnParent><rasd:AutomaticAllocation>true</rasd:AutomaticAllocation><rasd:Connection>VM Network</rasd:Connection><rasd:ElementName>Ethernet 1</rasd:ElementName><rasd:InstanceID>5</rasd:InstanceID><rasd:ResourceSubType>VmxNet3</rasd:ResourceSubType><rasd:ResourceType>10</rasd:ResourceType></Item>
            </VirtualHardwareSection>
          </VirtualSystem>
        </Envelope>
        """;
}
