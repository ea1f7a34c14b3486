namespace Migrate.Planner.Inventory;

/// <summary>Tells storage products apart by what a LUN shows: SCSI vendor, target's IQN, NAA prefix, in this order of trust.</summary>
internal static class StorageArray
{
    public const string Unknown = "unknown";

    private static readonly (string Name, string[] Vendors, string[] Iqns, string[] NaaPrefixes)[] Products =
    [
        ("QNAP", ["QNAP"], ["iqn.2004-04.com.qnap:"], ["naa.6e843b6"]),
        ("TrueNAS", ["TrueNAS", "FreeNAS"], ["iqn.2005-10.org.freenas.ctl:"], ["naa.6589cfc"]),
        ("Synology", ["SYNOLOGY"], ["iqn.2000-01.com.synology:"], []),
        // 6001405 is the kernel target's own company id; Synology builds on it, so it comes after.
        ("Linux LIO", ["LIO-ORG"], ["iqn.2003-01.org.linux-iscsi"], ["naa.6001405"]),
        ("SCST", ["SCST_BIO", "SCST_FIO"], [], []),
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
