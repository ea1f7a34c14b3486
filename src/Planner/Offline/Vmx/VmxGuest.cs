using System.Collections.Frozen;

namespace Migrate.Planner.Offline.Vmx;

/// <summary>Guest systems have one name in .vmx files ("debian12-64") and another in vSphere ("debian12_64Guest").</summary>
internal static class VmxGuest
{
    /// <summary>Those that follow no rule.</summary>
    private static readonly FrozenDictionary<string, string> Irregular = new Dictionary<string, string>
    {
        ["other"] = "otherGuest",
        ["other-64"] = "otherGuest64",
        ["linux"] = "otherLinuxGuest",
        ["otherlinux"] = "otherLinuxGuest",
        ["otherlinux-64"] = "otherLinux64Guest",
        ["winxppro"] = "winXPProGuest",
        ["winxppro-64"] = "winXPPro64Guest",
        ["winnetstandard"] = "winNetStandardGuest",
        ["winnetstandard-64"] = "winNetStandard64Guest",
        ["winnetenterprise"] = "winNetEnterpriseGuest",
        ["winnetenterprise-64"] = "winNetEnterprise64Guest",
        ["winvista"] = "winVistaGuest",
        ["winvista-64"] = "winVista64Guest",
        ["longhorn"] = "winLonghornGuest",
        ["longhorn-64"] = "winLonghorn64Guest",
        ["windows7srv-64"] = "windows7Server64Guest",
        ["windows8srv-64"] = "windows8Server64Guest",
        ["windows9srv-64"] = "windows9Server64Guest",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>vSphere's name, as far as the rule tells: a digit before the "64" is parted from it by an underscore.</summary>
    public static string IdOf(string guestOs)
    {
        const string Wide = "-64";
        if (guestOs.Length == 0 || Irregular.TryGetValue(guestOs, out var known))
        {
            return Irregular.GetValueOrDefault(guestOs, "");
        }

        var name = guestOs.ToLowerInvariant();
        if (!name.EndsWith(Wide, StringComparison.Ordinal))
        {
            return name + "Guest";
        }

        name = name[..^Wide.Length];
        return name.Length > 0 && char.IsAsciiDigit(name[^1]) || name.EndsWith("srv", StringComparison.Ordinal) ? $"{name}_64Guest" : $"{name}64Guest";
    }
}
