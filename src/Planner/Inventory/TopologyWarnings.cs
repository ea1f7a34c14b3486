namespace Migrate.Planner.Inventory;

/// <summary>What is weak about the way from one extent to the wire, as one host sees it.</summary>
internal static class TopologyWarnings
{
    public static IReadOnlyList<string> Of(TopologyRow row)
    {
        if (row.Lun is not { } lun)
        {
            return [$"{row.HostName} mounts the datastore and does not show its LUN {row.DiskName}"];
        }

        List<string> warnings = [];
        var local = lun.Local == true || (row.Paths.Count > 0 && row.AdapterKinds.All(kind => kind is AdapterKind.Local or AdapterKind.NvmePcie or AdapterKind.Sas));
        if (row.Paths.Count > 0 && row.ActivePaths == 0)
        {
            warnings.Add($"no path is active: {string.Join(", ", row.Paths.Select(path => path.State).Distinct())}");
        }
        else if (!local && row.ActivePaths == 1)
        {
            warnings.Add("one active path: a cable or a port that fails takes the datastore away");
        }

        if (row.DeadPaths > 0 && row.ActivePaths > 0)
        {
            warnings.Add($"{row.DeadPaths} of {row.Paths.Count} paths dead");
        }

        if (lun.PathPolicy == "VMW_PSP_FIXED" && lun.ArrayPolicy.Contains("ALUA", StringComparison.Ordinal))
        {
            warnings.Add("path policy VMW_PSP_FIXED on an ALUA array: it may stay on a path that is not optimised, VMW_PSP_RR follows the array");
        }

        if (lun.BlockFormat == "4Kn")
        {
            warnings.Add("blocks of 4096 bytes (4Kn): guests that expect 512 cannot be copied block by block");
        }

        if (lun.PerenniallyReserved)
        {
            warnings.Add("perennially reserved: a cluster's raw device mapping, not a datastore's LUN");
        }

        if (row.AdapterKinds.Count > 1)
        {
            warnings.Add($"paths over adapters of different kinds: {string.Join(", ", row.AdapterKinds)}");
        }

        if (lun.State is not ("" or "ok"))
        {
            warnings.Add($"the LUN's state is {lun.State}");
        }

        if (row.Paths.Any(path => path.Controller is { FusedOperations: false, Transport: not "pcie" }))
        {
            warnings.Add("its NVMe controller has no fused operations, which VMFS needs to lock");
        }

        return warnings;
    }
}
