using System.Xml.Linq;
using Migrate.Executor.Destinations;
using Migrate.Executor.Destinations.Facts;
using Migrate.Executor.Destinations.Reading;

namespace Migrate.Executor.Tests.Destinations.Reading;

/// <summary>Answers of hosts that this machine is not.</summary>
public sealed class ReadingTests
{
    [Fact]
    public void NUMA_nodes_have_their_CPUs_pages_and_distances()
    {
        var cells = CapabilityReading.Cells(XElement.Parse("""
            <capabilities><host><topology><cells num='2'>
              <cell id='0'>
                <memory unit='KiB'>131000000</memory>
                <pages unit='KiB' size='4'>1</pages><pages unit='KiB' size='2048'>512</pages><pages unit='KiB' size='1048576'>8</pages>
                <distances><sibling id='0' value='10'/><sibling id='1' value='21'/></distances>
                <cpus num='2'><cpu id='0' socket_id='0' die_id='0' core_id='0' siblings='0,4-5'/><cpu id='7'/></cpus>
              </cell>
              <cell id='1'><memory unit='KiB'>132000000</memory><cpus num='1'><cpu id='1' socket_id='1' core_id='3' siblings='1'/></cpus></cell>
            </cells></topology></host></capabilities>
            """));
        cells.Count.ShouldBe(2);
        cells[0].MemoryBytes.ShouldBe(131000000L * 1024);
        var cpu = cells[0].Cpus.ShouldHaveSingleItem("what is off line is left out");
        cpu.Siblings.ShouldBe([0, 4, 5]);
        cells[0].HugePages.ShouldBe([new HugePagePool(2 << 20, 512, null), new HugePagePool(1 << 30, 8, null)]);
        cells[0].Distances.ShouldBe([new NumaDistance(0, 10), new NumaDistance(1, 21)]);
        cells[1].Cpus.Single().Core.ShouldBe(3);
    }

    [Fact]
    public void A_storage_NIC_has_its_speed_node_and_errors()
    {
        var nics = NicReading.Parse(
            """
            nic bond0
            mtu 9000
            operstate up
            speed 50000
            duplex full
            kind bond
            rx_errors 0
            nic ens1f0
            mtu 9000
            operstate up
            speed 25000
            duplex full
            driver mlx5_core
            numa 1
            master bond0
            rx_packets 1000
            rx_errors 3
            rx_dropped 4
            rx_crc_errors 2
            tx_packets 50
            tx_errors 1
            tx_dropped 0
            nic eno1
            mtu 1500
            operstate down
            speed -1
            driver tg3
            numa -1
            """,
            "5: bond0    inet 10.0.4.2/24 brd 10.0.4.255 scope global bond0\\       valid_lft forever\n6: vlan7@bond0    inet 10.0.7.2/24 scope global vlan7\n5: bond0    inet6 fe80::1/64 scope link\n",
            "default via 10.0.4.1 dev bond0 proto static\n");
        nics.Select(nic => nic.Name).ShouldBe(["bond0", "ens1f0", "eno1"]);
        nics[0].ShouldSatisfyAllConditions(
            nic => nic.Kind.ShouldBe("bond"), nic => nic.Addresses.ShouldBe(["10.0.4.2/24", "fe80::1/64"]), nic => nic.DefaultRoute.ShouldBeTrue(), nic => nic.SpeedMbps.ShouldBe(50000));
        nics[1].ShouldSatisfyAllConditions(
            nic => nic.Kind.ShouldBe("physical"), nic => nic.NumaNode.ShouldBe(1), nic => nic.Master.ShouldBe("bond0"), nic => nic.Errors.ShouldBe(new NicErrors(1000, 3, 4, 2, 50, 1, 0)));
        nics[2].ShouldSatisfyAllConditions(nic => nic.SpeedMbps.ShouldBeNull(), nic => nic.NumaNode.ShouldBeNull(), nic => nic.State.ShouldBe("down"));
    }

    [Fact]
    public void Devices_of_several_parents_and_of_old_tools_are_read()
    {
        var blocks = PlaceReading.Blocks("""
            {"blockdevices": [
              {"name":"sda","path":"/dev/sda","type":"disk","size":"1000","rota":"1","disc-max":"0","fstype":null,"sched":"mq-deadline","tran":"sas","serial":"S1","wwn":"0x5000","pkname":null,"mountpoint":null},
              {"name":"sda1","path":"/dev/sda1","type":"part","size":900,"rota":true,"disc-max":0,"fstype":"linux_raid_member","sched":null,"tran":null,"serial":null,"wwn":null,"pkname":"sda","mountpoints":[null]},
              {"name":"md0","path":"/dev/md0","type":"raid1","size":900,"rota":false,"disc-max":4096,"fstype":"xfs","sched":null,"tran":null,"serial":null,"wwn":null,"pkname":"sda1","mountpoints":["/srv"]},
              {"name":"md0","path":"/dev/md0","type":"raid1","size":900,"rota":false,"disc-max":4096,"fstype":"xfs","sched":null,"tran":null,"serial":null,"wwn":null,"pkname":"sdb1","mountpoints":["/srv"]}
            ]}
            """);
        blocks.Count.ShouldBe(3);
        blocks[0].ShouldSatisfyAllConditions(b => b.Rotational.ShouldBeTrue(), b => b.SizeBytes.ShouldBe(1000), b => b.MountPoints.ShouldBeEmpty());
        blocks[2].Parents.ShouldBe(["/dev/sda1", "sdb1"]);
        blocks[2].DiscardMaxBytes.ShouldBe(4096);
    }

    [Fact]
    public void Drivers_for_Windows_are_told_from_package_and_ISO()
    {
        VirtioWinDriver[] expected = [new("netkvm", "2k22"), new("vioscsi", "2k19"), new("vioscsi", "2k22")];
        SoftwareReading.VirtioWin("""
            place /usr/share/virtio-win
            /usr/share/virtio-win/drivers/by-os/amd64/2k22/vioscsi.inf
            /usr/share/virtio-win/drivers/by-os/amd64/2k19/vioscsi.inf
            /usr/share/virtio-win/drivers/by-os/i386/w10/vioscsi.inf
            /usr/share/virtio-win/drivers/by-os/amd64/2k22/netkvm.inf
            """)!.Drivers.ShouldBe(expected);
        SoftwareReading.VirtioWin("place /usr/share/virtio-win/virtio-win.iso\nvioscsi/2k22/amd64/vioscsi.inf\nvioscsi/2k19/amd64/vioscsi.inf\nNetKVM/2k22/amd64/netkvm.inf\n")!.Drivers.ShouldBe(expected);
        SoftwareReading.VirtioWin("none\n").ShouldBeNull();
    }

    [Theory]
    [InlineData("disabled 2\ncall present", false, "io_uring_disabled is 2")]
    [InlineData("disabled 1\ncall present", false, "io_uring_disabled is 1")]
    [InlineData("disabled 0\ncall present", true, "was not tried")]
    [InlineData("disabled absent\ncall present", true, "was not tried")]
    [InlineData("disabled absent\ncall missing", false, "no io_uring")]
    public void Another_machines_io_uring_is_told_by_its_kernel(string answer, bool usable, string detail)
    {
        var state = HostFactsReader.IoUringOf(answer, "6.1.0");
        state.Usable.ShouldBe(usable);
        state.Detail.ShouldContain(detail);
    }

    [Fact]
    public void Clocks_exports_and_versions()
    {
        SoftwareReading.Clock("timedatectl yes\n").Synchronised.ShouldBe(true);
        SoftwareReading.Clock("timedatectl no\n").Synchronised.ShouldBe(false);
        SoftwareReading.Clock("chronyc Normal\n").Synchronised.ShouldBe(true);
        SoftwareReading.Clock("chronyc Not synchronised\n").Synchronised.ShouldBe(false);
        PlaceReading.Exports("lio\tdisk1\t/dev/vg/lun1\nnvmet\tnqn.2026-01.org.example:a\t/srv/a.raw\n").ShouldBe(
            [new HostExport("lio", "disk1", "/dev/vg/lun1"), new HostExport("nvmet", "nqn.2026-01.org.example:a", "/srv/a.raw")]);
        SoftwareReading.VersionIn("TPM emulator version 0.7.1, Copyright (c) 2014").ShouldBe("0.7.1");
        SoftwareReading.Software("nvme-tcp loaded\nmultipath Y\nnvme-cli nvme version 2.3 (git 2.3)\nvirt-v2v \nautoconnect disabled\n")
            .ShouldBe(new HostSoftware { NvmeTcp = "loaded", NvmeMultipath = true, NvmeCli = "2.3", NvmeAutoconnect = "disabled" });
    }
}
