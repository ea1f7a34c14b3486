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
    [InlineData("PURE", "", "naa.624a937", "PURE")]
    [InlineData("", "", "naa.624a937", "unknown")]
    public void An_array_is_told_by_vendor_then_target_then_prefix(string vendor, string transport, string name, string array)
    {
        Lun lun = Estate.Host().Luns[0] with { Vendor = vendor, CanonicalName = name, Paths = [new LunPath("p", "active", true, "x", transport)] };

        TopologyRow row = Topology.Of(Estate.Vmfs() with { Extents = [new VmfsExtent(name, 1)] }, [Estate.Host() with { Luns = [lun] }]).ShouldHaveSingleItem();

        row.Array.ShouldBe(array);
    }
}
