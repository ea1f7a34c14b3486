namespace Migrate.Planner.Inventory;

/// <summary>Tells storage products apart by what a LUN shows: SCSI vendor, target's IQN, NAA prefix, in this order of trust.</summary>
internal static class StorageArray
{
    public const string Unknown = "unknown";

    private static readonly (string Name, string[] Vendors, string[] Iqns, string[] NaaPrefixes)[] Products =
    [
        ("QNAP", ["QNAP"], ["iqn.2004-04.com.qnap:"], ["naa.6e843b6"]),
        ("TrueNAS", ["TrueNAS", "FreeNAS"], ["iqn.2005-10.org.freenas.ctl:", "nqn.2011-06.com.truenas:"], ["naa.6589cfc"]),
        ("Synology", ["SYNOLOGY"], ["iqn.2000-01.com.synology:"], []),
        // 6001405 is the kernel target's own company id; Synology builds on it, so it comes after.
        ("Linux LIO", ["LIO-ORG"], ["iqn.2003-01.org.linux-iscsi"], ["naa.6001405"]),
        ("SCST", ["SCST_BIO", "SCST_FIO"], [], []),
        // Vendor strings such as DELL and HP are left out: the RAID controllers inside servers have them too. The digits after "naa.6" are
        // the company id (OUI) of whoever made the identifier.
        ("NetApp", ["NETAPP"], ["iqn.1992-08.com.netapp:", "nqn.1992-08.com.netapp:"], ["naa.600a098", "naa.60a9800"]),
        ("Pure Storage", ["PURE"], ["iqn.2010-06.com.purestorage:", "nqn.2010-06.com.purestorage:"], ["naa.624a937"]),
        ("HPE", ["3PARdata", "Nimble"], ["iqn.2000-05.com.3pardata:", "iqn.2007-11.com.nimblestorage:", "iqn.2015-11.com.hpe:"], ["naa.60002ac"]),
        ("Dell EMC", ["DGC", "EMC", "DellEMC", "COMPELNT", "EQLOGIC", "XtremIO"],
            ["iqn.1992-04.com.emc:", "iqn.2002-03.com.compellent:", "iqn.2001-05.com.equallogic:", "iqn.1984-05.com.dell:", "iqn.2015-10.com.dell:", "nqn.1988-11.com.dell:"],
            ["naa.60060160", "naa.60000970", "naa.6000d31", "naa.68ccf09", "naa.6090a0"]),
        ("Hitachi", ["HITACHI"], ["iqn.1994-04.jp.co.hitachi:"], ["naa.60060e8"]),
        ("IBM", ["IBM"], ["iqn.1986-03.com.ibm:"], ["naa.60050768"]),
        ("Huawei", ["HUAWEI"], ["iqn.2006-08.com.huawei:"], []),
        ("Fujitsu", ["FUJITSU"], ["iqn.2000-09.com.fujitsu:"], ["naa.600000e"]),
        ("Infinidat", ["NFINIDAT"], ["iqn.2009-11.com.infinidat:"], ["naa.6742b0f"]),
    ];

    public static string NameOf(string canonicalName, Lun? lun)
    {
        string vendor = lun?.Vendor.Trim() ?? "";
        return First(product => product.Vendors.Contains(vendor, StringComparer.OrdinalIgnoreCase))
            ?? First(product => product.Iqns.Any(iqn => lun is not null && lun.Paths.Any(path => path.Transport.Contains(iqn, StringComparison.OrdinalIgnoreCase))))
            ?? First(product => product.NaaPrefixes.Any(prefix => canonicalName.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
            ?? (vendor.Length > 0 ? vendor : Unknown);
    }

    private static string? First(Func<(string Name, string[] Vendors, string[] Iqns, string[] NaaPrefixes), bool> matches) =>
        Products.Where(matches).Select(product => product.Name).FirstOrDefault();
}
