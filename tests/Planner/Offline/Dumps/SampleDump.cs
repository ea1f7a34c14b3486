namespace Migrate.Planner.Tests.Offline.Dumps;

/// <summary>A small vCenter as `govc object.save` writes it: whole properties, undeclared value prefixes, one file per object.</summary>
internal static class SampleDump
{
    private const string Xsi = "xmlns:XMLSchema-instance=\"http://www.w3.org/2001/XMLSchema-instance\" XMLSchema-instance:type";

    public static readonly IReadOnlyDictionary<string, string> Files = new Dictionary<string, string>
    {
        ["0000-ServiceInstance-ServiceInstance.xml"] = Object("ServiceInstance", "ServiceInstance",
            ("serverClock", "xsd:dateTime", "2025-03-04T05:06:07.5Z"),
            ("content", "ServiceContent", """
                <rootFolder type="Folder">group-d1</rootFolder>
                <about><name>VMware vCenter Server</name><fullName>VMware vCenter Server 8.0.1 build-1</fullName><apiType>VirtualCenter</apiType><apiVersion>8.0.1.0</apiVersion><instanceUuid>0d0a2c4e-0000-4000-8000-000000000001</instanceUuid></about>
                """)),
        ["0001-Folder-group-d1.xml"] = Object("Folder", "group-d1", ("name", "xsd:string", "Datacenters")),
        ["0002-Datacenter-datacenter-2.xml"] = Object("Datacenter", "datacenter-2", ("name", "xsd:string", "North%2fSouth"), Parent("Folder", "group-d1")),
        ["0003-Folder-group-v3.xml"] = Object("Folder", "group-v3", ("name", "xsd:string", "vm"), Parent("Datacenter", "datacenter-2")),
        ["0004-Folder-group-v9.xml"] = Object("Folder", "group-v9", ("name", "xsd:string", "Shop"), Parent("Folder", "group-v3")),
        ["0005-Folder-group-h4.xml"] = Object("Folder", "group-h4", ("name", "xsd:string", "host"), Parent("Datacenter", "datacenter-2")),
        ["0006-Folder-group-s5.xml"] = Object("Folder", "group-s5", ("name", "xsd:string", "datastore"), Parent("Datacenter", "datacenter-2")),
        ["0007-ClusterComputeResource-domain-c7.xml"] = Object("ClusterComputeResource", "domain-c7",
            ("name", "xsd:string", "compute"), Parent("Folder", "group-h4"),
            ("configurationEx", "ClusterConfigInfoEx", """
                <dasConfig><enabled>true</enabled></dasConfig><drsConfig><enabled>true</enabled></drsConfig><vsanConfigInfo><enabled>true</enabled></vsanConfigInfo>
                """)),
        ["0008-HostSystem-host-8.xml"] = Object("HostSystem", "host-8",
            ("name", "xsd:string", "esx1.example"), Parent("ClusterComputeResource", "domain-c7"),
            ("runtime", "HostRuntimeInfo", "<connectionState>connected</connectionState><inMaintenanceMode>false</inMaintenanceMode>"),
            ("summary", "HostListSummary", "<hardware><memorySize>68719476736</memorySize><cpuModel>Xeon</cpuModel><numCpuCores>16</numCpuCores></hardware>"),
            ("config", "HostConfigInfo", """
                <product><version>8.0.1</version><build>1</build></product>
                <storageDevice>
                  <hostBusAdapter XMLSchema-instance:type="HostInternetScsiHba"><key>key-vim.host.InternetScsiHba-vmhba64</key><device>vmhba64</device><bus>0</bus><status>online</status><model>VMware iSCSI over RDMA (iSER) Adapter</model><driver>iser</driver><iScsiName>iqn.1998-01.com.vmware:esx1</iScsiName></hostBusAdapter>
                  <scsiLun XMLSchema-instance:type="HostScsiDisk"><key>key-vim.host.ScsiDisk-1</key><uuid>1</uuid><canonicalName>naa.6e843b6000000001</canonicalName><lunType>disk</lunType><vendor>QNAP    </vendor><model>iSCSI Storage   </model><capacity><blockSize>512</blockSize><block>2048</block></capacity></scsiLun>
                  <multipathInfo><lun><key>key-1</key><id>1</id><lun>key-vim.host.ScsiDisk-1</lun><path><key>k</key><name>vmhba64:C0:T0:L0</name><pathState>active</pathState><state>active</state><isWorkingPath>true</isWorkingPath><adapter>key-vim.host.InternetScsiHba-vmhba64</adapter><lun>key-1</lun></path></lun></multipathInfo>
                </storageDevice>
                <vsanHostConfig><enabled>true</enabled></vsanHostConfig>
                """)),
        ["0009-Datastore-datastore-9.xml"] = Object("Datastore", "datastore-9",
            ("name", "xsd:string", "vsanDatastore"), Parent("Folder", "group-s5"),
            ("summary", "DatastoreSummary", "<name>vsanDatastore</name><url>ds:///vmfs/volumes/vsan:52-01/</url><capacity>1099511627776</capacity><freeSpace>549755813888</freeSpace><accessible>true</accessible><type>vsan</type>"),
            ("info", "VsanDatastoreInfo", "<name>vsanDatastore</name><membershipUuid>52</membershipUuid>"),
            ("host", "ArrayOfDatastoreHostMount", """<DatastoreHostMount><key type="HostSystem">host-8</key><mountInfo><accessMode>readWrite</accessMode></mountInfo></DatastoreHostMount>""")),
        ["0010-DistributedVirtualPortgroup-dvportgroup-10.xml"] = Object("DistributedVirtualPortgroup", "dvportgroup-10",
            ("name", "xsd:string", "web"), ("key", "xsd:string", "dvportgroup-10")),
        [VmFile] = Object("VirtualMachine", "vm-11",
            ("name", "xsd:string", "web01"), Parent("Folder", "group-v9"),
            ("datastore", "ArrayOfManagedObjectReference", """<ManagedObjectReference type="Datastore">datastore-9</ManagedObjectReference>"""),
            ("config", "VirtualMachineConfigInfo", Config),
            ("runtime", "VirtualMachineRuntimeInfo", """<host type="HostSystem">host-8</host><connectionState>connected</connectionState><powerState>poweredOn</powerState><consolidationNeeded>false</consolidationNeeded>"""),
            ("guest", "GuestInfo", """<toolsRunningStatus>guestToolsRunning</toolsRunningStatus><hostName>web01.example</hostName><ipAddress>192.0.2.11</ipAddress><net><network>web</network><ipAddress>192.0.2.11</ipAddress><ipAddress>2001:db8::11</ipAddress></net>"""),
            ("snapshot", "VirtualMachineSnapshotInfo", """<rootSnapshotList><snapshot type="VirtualMachineSnapshot">snapshot-1</snapshot><vm type="VirtualMachine">vm-11</vm><name>a</name><description></description><createTime>2025-01-02T03:04:05Z</createTime><state>poweredOff</state><quiesced>false</quiesced><childSnapshotList><snapshot type="VirtualMachineSnapshot">snapshot-2</snapshot><vm type="VirtualMachine">vm-11</vm><name>b</name><description></description><createTime>2025-01-02T03:04:06Z</createTime><state>poweredOff</state><quiesced>false</quiesced></childSnapshotList></rootSnapshotList>""")),
        // What nothing is read from.
        ["0012-AlarmManager-AlarmManager.xml"] = Object("AlarmManager", "AlarmManager"),
    };

    public const string VmFile = "0011-VirtualMachine-vm-11.xml";

    private const string Config = """
        <name>web01</name><uuid>4201c0de-0000-4000-8000-000000000011</uuid><instanceUuid>5001c0de-0000-4000-8000-000000000011</instanceUuid><version>vmx-20</version>
        <guestId>debian12_64Guest</guestId><guestFullName>Debian 12</guestFullName><annotation>first &amp; last</annotation><template>false</template>
        <files><vmPathName>[vsanDatastore] 5001/web01.vmx</vmPathName></files><firmware>efi</firmware><bootOptions><efiSecureBootEnabled>true</efiSecureBootEnabled></bootOptions>
        <changeTrackingEnabled>true</changeTrackingEnabled><flags><diskUuidEnabled>true</diskUuidEnabled></flags>
        <hardware><numCPU>4</numCPU><numCoresPerSocket>2</numCoresPerSocket><memoryMB>8192</memoryMB>
          <device XMLSchema-instance:type="ParaVirtualSCSIController"><key>1000</key><deviceInfo XMLSchema-instance:type="Description"><label>SCSI controller 0</label><summary>x</summary></deviceInfo><busNumber>0</busNumber><sharedBus>noSharing</sharedBus></device>
          <device XMLSchema-instance:type="VirtualDisk"><key>2000</key><deviceInfo XMLSchema-instance:type="Description"><label>Hard disk 1</label><summary>x</summary></deviceInfo><backing XMLSchema-instance:type="VirtualDiskFlatVer2BackingInfo"><fileName>[vsanDatastore] 5001/web01.vmdk</fileName><datastore type="Datastore">datastore-9</datastore><backingObjectId>6c7f0001</backingObjectId><diskMode>persistent</diskMode><thinProvisioned>true</thinProvisioned><uuid>6000C29a-0001</uuid><parent><fileName>[vsanDatastore] 5001/web01_1.vmdk</fileName><diskMode>persistent</diskMode></parent></backing><controllerKey>1000</controllerKey><unitNumber>0</unitNumber><capacityInKB>16777216</capacityInKB><capacityInBytes>17179869184</capacityInBytes></device>
          <device XMLSchema-instance:type="VirtualVmxnet3"><key>4000</key><deviceInfo XMLSchema-instance:type="Description"><label>Network adapter 1</label><summary>x</summary></deviceInfo><backing XMLSchema-instance:type="VirtualEthernetCardDistributedVirtualPortBackingInfo"><port><switchUuid>50</switchUuid><portgroupKey>dvportgroup-10</portgroupKey></port></backing><connectable><startConnected>true</startConnected><connected>true</connected></connectable><macAddress>00:50:56:00:00:11</macAddress></device>
        </hardware>
        """;

    public static void WriteTo(TemporaryFolder folder, string below = "")
    {
        foreach (var (name, text) in Files)
        {
            folder.Write(Path.Combine(below, name), text);
        }
    }

    /// <summary>One file: properties as name, type and inner XML.</summary>
    public static string Object(string type, string id, params (string Name, string Type, string Xml)[] properties) =>
        $"""
        <ObjectContent>
          <obj type="{type}">{id}</obj>
        {string.Concat(properties.Select(p => $"  <propSet>\n    <name>{p.Name}</name>\n    <val {Xsi}=\"{Type(p)}>{p.Xml}</val>\n  </propSet>\n"))}</ObjectContent>
        """;

    public static (string, string, string) Parent(string type, string id) => ("parent", $"ManagedObjectReference\" type=\"{type}", id);

    private static string Type((string, string Type, string) property) => property.Type + "\"";
}
