using System.Text;
using System.Xml;
using Migrate.Planner.VSphere;
using Migrate.Vim25;

namespace Migrate.Planner.Tests.VSphere;

/// <summary>What servers send that XmlSerializer by itself would lose the response over.</summary>
public sealed class AwkwardResponseTests
{
    [Fact]
    public void A_device_type_that_nobody_knows_is_read_as_its_base_and_counted()
    {
        var vm = Read("""
            <name>config.hardware.device</name>
            <val xsi:type="ArrayOfVirtualDevice">
              <VirtualDevice xsi:type="VirtualQuantumAccelerator"><key>13000</key><deviceInfo xsi:type="Description"><label>QPU 1</label><summary>new</summary></deviceInfo><qubits>7</qubits></VirtualDevice>
              <VirtualDevice xsi:type="VirtualDisk"><key>2000</key><backing xsi:type="VirtualDiskFlatVer9BackingInfo"><fileName>[d] a.vmdk</fileName></backing><controllerKey>1000</controllerKey><unitNumber>0</unitNumber><capacityInKB>1024</capacityInKB></VirtualDevice>
            </val>
            """, out var unknown);
        var devices = vm.Get<ArrayOfVirtualDevice>("config.hardware.device")!.VirtualDevice;
        devices[0].ShouldBeOfType<VirtualDevice>().DeviceInfo.Label.ShouldBe("QPU 1");
        devices[1].ShouldBeOfType<VirtualDisk>().Backing.ShouldBeOfType<VirtualDeviceBackingInfo>();
        unknown.ShouldBe(new Dictionary<string, int> { ["VirtualQuantumAccelerator"] = 1, ["VirtualDiskFlatVer9BackingInfo"] = 1 });
    }

    [Fact]
    public void A_value_that_an_enumeration_does_not_have_stays_readable()
    {
        var vm = Read("""<name>runtime.powerState</name><val xsi:type="VirtualMachinePowerState">hibernated</val>""", out var unknown);
        vm.Text("runtime.powerState").ShouldBe("hibernated");
        unknown.ShouldBeEmpty();
    }

    [Fact]
    public void An_enumeration_that_nobody_knows_is_text_all_the_same()
    {
        var vm = Read("""<name>runtime.mood</name><val xsi:type="VirtualMachineMood">serene</val>""", out var unknown);
        vm.Text("runtime.mood").ShouldBe("serene");
        unknown.Keys.ShouldBe(["VirtualMachineMood"]);
    }

    [Fact]
    public void An_unknown_structure_under_anyType_is_absent_and_does_not_hurt_its_neighbours()
    {
        var vm = Read("""
            <name>config.novelty</name><val xsi:type="Novelty"><a>1</a><b><c>2</c></b></val></propSet>
            <propSet><name>name</name><val xsi:type="xsd:string">web01</val>
            """, out _);
        vm.Text("config.novelty").ShouldBeNull();
        vm.Text("name").ShouldBe("web01");
    }

    [Theory]
    [InlineData("xmlns:XMLSchema-instance='http://www.w3.org/2001/XMLSchema-instance' XMLSchema-instance:type='xsd:string'")]
    [InlineData("xmlns:p='http://www.w3.org/2001/XMLSchema-instance' p:type='undeclared:string'")]
    [InlineData("xmlns:p='http://www.w3.org/2001/XMLSchema-instance' p:type='string'")]
    public void Type_names_are_known_by_their_local_part_whatever_the_prefix(string attributes)
    {
        Read($"<name>name</name><val {attributes}>web01</val>", out var unknown).Text("name").ShouldBe("web01");
        unknown.ShouldBeEmpty();
    }

    [Fact]
    public void Elements_that_are_unknown_or_out_of_order_empty_no_others()
    {
        var vm = Read("""
            <name>config.hardware.device</name>
            <val xsi:type="ArrayOfVirtualDevice"><VirtualDevice xsi:type="VirtualDisk">
              <capacityInKB>2048</capacityInKB><novelty>1</novelty><unitNumber>3</unitNumber><key>2003</key><controllerKey>1000</controllerKey>
            </VirtualDevice></val>
            """, out _);
        var disk = vm.Get<ArrayOfVirtualDevice>("config.hardware.device")!.VirtualDevice.ShouldHaveSingleItem().ShouldBeOfType<VirtualDisk>();
        (disk.Key, disk.UnitNumber, disk.ControllerKey, disk.CapacityInKB, disk.CapacityInBytes).ShouldBe((2003, 3, 1000, 2048, null));
    }

    [Fact]
    public void Unsigned_SCSI_inquiry_bytes_and_control_characters_in_annotations_are_borne()
    {
        var host = Read("""
            <name>lun</name><val xsi:type="ArrayOfScsiLun"><ScsiLun xsi:type="HostScsiDisk"><canonicalName>naa.6e84</canonicalName><standardInquiry>255</standardInquiry></ScsiLun></val></propSet>
            <propSet><name>config.annotation</name><val xsi:type="xsd:string">bell&#x7;</val>
            """, out _);
        host.Get<ArrayOfScsiLun>("lun")!.ScsiLun[0].StandardInquiry.ShouldBe([(short)255]);
        host.Text("config.annotation").ShouldBe("bell\a");
    }

    [Fact]
    public void A_missing_property_keeps_the_type_of_its_fault()
    {
        var content = Objects("""<missingSet><path>config</path><fault><fault xsi:type="NoPermission"><object type="Folder">f</object><privilegeId>System.Read</privilegeId></fault><localizedMessage>no</localizedMessage></fault></missingSet>""", out _);
        content.Missing.ShouldHaveSingleItem().Fault.Fault.ShouldBeOfType<NoPermission>().PrivilegeId.ShouldBe("System.Read");
    }

    [Fact]
    public void A_document_type_is_refused()
    {
        var bomb = """<!DOCTYPE x [<!ENTITY a "aaaa">]><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/></e:Envelope>""";
        Should.Throw<XmlException>(() => VimXml.Read<CurrentTimeResponse>(Stream(bomb), out _));
    }

    [Fact]
    public void A_request_is_written_in_the_schema_s_order_base_members_first_and_without_unset_values()
    {
        var xml = Encoding.UTF8.GetString(VimXml.Write(new RetrievePropertiesExRequest
        {
            This = new("PropertyCollector", "pc"),
            Options = new RetrieveOptions { MaxObjects = 2 },
            SpecSet = [new PropertyFilterSpec
            {
                ObjectSet = [new ObjectSpec { Obj = new("ContainerView", "v"), Skip = true, SelectSet = [new TraversalSpec { Path = "view", Type = "ContainerView", Name = "n" }] }],
                PropSet = [new PropertySpec { PathSet = ["name"], Type = "VirtualMachine" }],
            }],
        }));
        var body = xml[(xml.IndexOf("<RetrievePropertiesEx ", StringComparison.Ordinal))..xml.IndexOf("</soapenv:Body>", StringComparison.Ordinal)];
        body.ShouldBe("<RetrievePropertiesEx xmlns=\"urn:vim25\"><_this type=\"PropertyCollector\">pc</_this><specSet>"
            + "<propSet><type>VirtualMachine</type><pathSet>name</pathSet></propSet>"
            + "<objectSet><obj type=\"ContainerView\">v</obj><skip>true</skip>"
            + "<selectSet xsi:type=\"TraversalSpec\"><name>n</name><type>ContainerView</type><path>view</path></selectSet></objectSet>"
            + "</specSet><options><maxObjects>2</maxObjects></options></RetrievePropertiesEx>");
    }

    private static ObjectProperties Read(string property, out IReadOnlyDictionary<string, int> unknown) => Objects($"<propSet>{property}</propSet>", out unknown);

    private static ObjectProperties Objects(string content, out IReadOnlyDictionary<string, int> unknown)
    {
        var answer = VimXml.Read<RetrievePropertiesExResponse>(Stream($"""
            <soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
            <soapenv:Header><operationID>1</operationID></soapenv:Header>
            <soapenv:Body><RetrievePropertiesExResponse xmlns="urn:vim25"><returnval><objects><obj type="VirtualMachine">vm-1</obj>{content}</objects></returnval></RetrievePropertiesExResponse></soapenv:Body></soapenv:Envelope>
            """), out unknown);
        return new ObjectProperties(answer.Value.Objects[0]);
    }

    private static MemoryStream Stream(string xml) => new(Encoding.UTF8.GetBytes(xml));
}
