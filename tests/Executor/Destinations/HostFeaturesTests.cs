using System.Xml.Linq;
using Migrate.Executor.Destinations;

namespace Migrate.Executor.Tests.Destinations;

public sealed class HostFeaturesTests
{
    [Fact]
    public void Firmware_and_TPM_are_what_libvirt_lists()
    {
        HostFeatures.Of(XElement.Parse("""
            <domainCapabilities>
              <os supported='yes'>
                <enum name='firmware'><value>bios</value><value>efi</value></enum>
                <loader supported='yes'><enum name='secure'><value>no</value></enum></loader>
              </os>
              <devices><tpm supported='yes'><enum name='backendModel'><value>passthrough</value><value>emulator</value></enum></tpm></devices>
            </domainCapabilities>
            """)).ShouldBe(new HostFeatures(true, false, true));
        HostFeatures.Of(XElement.Parse("<domainCapabilities><os supported='yes'/><devices/></domainCapabilities>")).ShouldBe(new HostFeatures(null, null, null), "an old libvirt does not say");
    }

    [Fact]
    public void Huge_pages_are_those_of_all_cells_and_no_ordinary_ones() => HostFeatures.HugePageBytes(
        [
            XElement.Parse("<cell><pages unit='KiB' size='4'>1000000</pages><pages unit='KiB' size='2048'>512</pages></cell>"),
            XElement.Parse("<cell><pages unit='KiB' size='1048576'>3</pages></cell>"),
        ]).ShouldBe((1L << 30) + (3L << 30));

    [Fact]
    public void LUNs_have_the_names_that_vSphere_gives_them_and_nesting_is_the_module_s_switch()
    {
        var root = Directory.CreateTempSubdirectory("migrate-sys-");
        Write("class/block/sda/device/wwid", "naa.6E843B60000000000000000000000001\n");
        Write("class/block/sdb/device/wwid", "t10.ATA     QEMU HARDDISK");
        Write("class/block/nvme0n1/wwid", "eui.0025385b71b0a5c1\n");
        Write("module/kvm_amd/parameters/nested", "1\n");

        HostFeatures.Luns(root.FullName).ShouldBe(["eui.0025385b71b0a5c1", "naa.6e843b60000000000000000000000001"]);
        HostFeatures.Nested(root.FullName).ShouldBe(true);
        HostFeatures.Nested(Path.Combine(root.FullName, "class")).ShouldBeNull();
        root.Delete(recursive: true);

        void Write(string path, string text)
        {
            var file = Path.Combine(root.FullName, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }
    }
}
