using Migrate.Planner.Inventory;

namespace Migrate.Planner.Tests.Inventory;

public class TopologyTests
{
    [Fact]
    public void A_VMFS_datastore_is_followed_down_to_its_iSER_adapter()
    {
        TopologyRow row = Topology.Of(Estate.Vmfs(), [Estate.Host()]).ShouldHaveSingleItem();

        row.HostName.ShouldBe("esx01.example");
        row.Lun!.Vendor.ShouldBe("QNAP");
        row.Array.ShouldBe("QNAP");
        (row.ActivePaths, row.DeadPaths).ShouldBe((1, 1));
        row.AdapterKinds.ShouldBe([AdapterKind.Iser]);
        row.Paths[0].Adapter!.Device.ShouldBe("vmhba64");
        row.Paths[0].Transport.ShouldContain("iqn.2004-04.com.qnap");
    }

    [Fact]
    public void A_vSAN_datastore_has_no_LUN() => Topology.Of(Estate.Vsan(), [Estate.Host()]).ShouldBeEmpty();

    [Fact]
    public void A_host_that_mounts_but_shows_no_LUN_is_a_row_without_one()
    {
        EsxHost blind = Estate.Host("host-2", "esx02.example") with { Luns = [] };

        IReadOnlyList<TopologyRow> rows = Topology.Of(Estate.Vmfs() with { HostKeys = ["host-1", "host-2"] }, [blind, Estate.Host()]);

        rows.Select(row => row.HostName).ShouldBe(["esx01.example", "esx02.example"]);
        rows[1].Lun.ShouldBeNull();
        rows[1].Paths.ShouldBeEmpty();
        rows[1].Array.ShouldBe("QNAP"); // the NAA prefix still tells
    }

    [Fact]
    public void Only_hosts_that_mount_it_are_listed() =>
        Topology.Of(Estate.Vmfs(), [Estate.Host(), Estate.Host("host-3", "esx03.example")]).Select(row => row.HostKey).ShouldBe(["host-1"]);

    [Fact]
    public void A_path_over_an_adapter_that_is_not_listed_is_kept_without_it()
    {
        TopologyRow row = Topology.Of(Estate.Vmfs(), [Estate.Host() with { Adapters = [] }]).ShouldHaveSingleItem();

        row.Paths.ShouldAllBe(path => path.Adapter == null);
        row.AdapterKinds.ShouldBe([AdapterKind.Unknown]);
    }

    [Theory]
    [InlineData("TrueNAS", "", "naa.1", "TrueNAS")]
    [InlineData("", "iqn.2005-10.org.freenas.ctl:t1", "naa.1", "TrueNAS")]
    [InlineData("", "", "naa.6589cfc000000", "TrueNAS")]
    [InlineData("SYNOLOGY", "", "naa.6001405aaaa", "Synology")]
    [InlineData("LIO-ORG", "", "naa.6001405aaaa", "Linux LIO")]
    [InlineData("SCST_BIO", "", "t10.x", "SCST")]
    [InlineData("PURE", "", "naa.1", "Pure Storage")]
    [InlineData("", "", "naa.624a9370000", "Pure Storage")]
    [InlineData("NETAPP", "", "naa.1", "NetApp")]
    [InlineData("", "iqn.1992-08.com.netapp:sn.1 192.0.2.1:3260", "naa.1", "NetApp")]
    [InlineData("DGC", "", "naa.60060160aaaa", "Dell EMC")]
    [InlineData("", "nqn.1988-11.com.dell:powerstore:00:1", "eui.1", "Dell EMC")]
    [InlineData("3PARdata", "", "naa.1", "HPE")]
    [InlineData("DELL", "", "naa.6d0946601234", "DELL")] // a RAID controller
    [InlineData("ACME", "", "naa.1", "ACME")]
    [InlineData("", "", "naa.1", "unknown")]
    public void An_array_is_told_by_vendor_then_target_then_prefix(string vendor, string transport, string name, string array)
    {
        Lun lun = Estate.Host().Luns[0] with { Vendor = vendor, CanonicalName = name, Paths = [new LunPath("p", "active", true, "x", transport)] };

        TopologyRow row = Topology.Of(Estate.Vmfs() with { Extents = [new VmfsExtent(name, 1)] }, [Estate.Host() with { Luns = [lun] }]).ShouldHaveSingleItem();

        row.Array.ShouldBe(array);
    }

    public static TheoryData<string, Lun, bool> Weaknesses()
    {
        Lun good = Estate.Host().Luns[0] with { Paths = [Path("active", 0), Path("active", 1)] };
        return new()
        {
            { "one active path", good with { Paths = [Path("active", 0)] }, true },
            { "1 of 3 paths dead", good with { Paths = [Path("active", 0), Path("active", 1), Path("dead", 2)] }, true },
            { "no path is active", good with { Paths = [Path("dead", 0)] }, true },
            { "VMW_PSP_FIXED on an ALUA", good with { PathPolicy = "VMW_PSP_FIXED", ArrayPolicy = "VMW_SATP_ALUA" }, true },
            { "VMW_PSP_FIXED on an ALUA", good with { PathPolicy = "VMW_PSP_FIXED", ArrayPolicy = "VMW_SATP_DEFAULT_AA" }, false },
            { "4Kn", good with { BlockFormat = "4Kn" }, true },
            { "4Kn", good with { BlockFormat = "512e" }, false },
            { "perennially reserved", good with { PerenniallyReserved = true }, true },
            { "different kinds: Iser, Local", good with { Paths = [Path("active", 0), Path("active", 1) with { AdapterKey = "key-vim.host.BlockHba-vmhba0" }] }, true },
            { "lostCommunication", good with { State = "lostCommunication" }, true },
            { "", good with { State = "ok" }, false },
            { "one active path", good with { Local = true, Paths = [Path("active", 0)] }, false },
        };

        static LunPath Path(string state, int target) => new($"vmhba64:C0:T{target}:L0", state, target == 0, "key-vim.host.InternetScsiHba-vmhba64", "");
    }

    [Theory]
    [MemberData(nameof(Weaknesses))]
    public void What_is_weak_on_the_way_is_said(string warning, Lun lun, bool said)
    {
        IReadOnlyList<string> warnings = Topology.Of(Estate.Vmfs(), [Estate.Host() with { Luns = [lun] }]).ShouldHaveSingleItem().Warnings;

        if (said)
        {
            warnings.ShouldHaveSingleItem().ShouldContain(warning);
        }
        else
        {
            warnings.ShouldBeEmpty();
        }
    }

    [Fact]
    public void A_host_that_does_not_show_the_LUN_is_warned_of() =>
        Topology.Of(Estate.Vmfs(), [Estate.Host() with { Luns = [] }]).ShouldHaveSingleItem().Warnings.ShouldHaveSingleItem().ShouldContain("does not show its LUN");

    [Fact]
    public void An_NVMe_namespace_is_followed_to_its_controller_also_where_no_paths_are_told()
    {
        StorageAdapter adapter = new() { Key = "key-vim.host.TcpHba-vmhba65", Device = "vmhba65", Kind = AdapterKind.NvmeTcp };
        NvmeController controller = new()
        {
            Key = "c1",
            AdapterKey = adapter.Key,
            Name = "nqn.x#vmhba65#192.0.2.9:4420",
            SubsystemNqn = "nqn.2011-06.com.truenas:uuid:1:tank",
            Transport = "tcp",
            Namespaces = [new NvmeNamespace("n1", "eui.0123", 1, 512, 1L << 40)],
        };
        EsxHost host = Estate.Host() with
        {
            Adapters = [adapter],
            NvmeControllers = [controller],
            Luns = [new Lun { Key = "l", CanonicalName = "eui.0123", Protocol = "nvme", PathPolicy = "LB-RR" }],
        };

        TopologyRow row = Topology.Of(Estate.Vmfs() with { Extents = [new VmfsExtent("eui.0123", 1)] }, [host]).ShouldHaveSingleItem();

        TopologyPath path = row.Paths.ShouldHaveSingleItem();
        (path.Adapter, path.Controller).ShouldBe((adapter, controller));
        row.ActivePaths.ShouldBe(1);
        row.Warnings.ShouldContain(warning => warning.Contains("no fused operations"));
    }
}
