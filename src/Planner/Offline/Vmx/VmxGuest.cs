using System.Collections.Frozen;
using System.Reflection;
using System.Text.RegularExpressions;
using Migrate.Vim25;

namespace Migrate.Planner.Offline.Vmx;

/// <summary>Guest systems have one name in .vmx files ("debian12-64") and another in vSphere ("debian12_64Guest").</summary>
internal static partial class VmxGuest
{
    /// <summary>Those that are not the same letters and digits.</summary>
    private static readonly Dictionary<string, string> Irregular = new(StringComparer.Ordinal)
    {
        ["linux"] = VirtualMachineGuestOsIdentifier.OtherLinuxGuest,
        ["longhorn"] = VirtualMachineGuestOsIdentifier.WinLonghornGuest,
        ["longhorn64"] = VirtualMachineGuestOsIdentifier.WinLonghorn64Guest,
        ["windows7srv64"] = VirtualMachineGuestOsIdentifier.Windows7Server64Guest,
        ["windows8srv64"] = VirtualMachineGuestOsIdentifier.Windows8Server64Guest,
        ["windows9srv64"] = VirtualMachineGuestOsIdentifier.Windows9Server64Guest,
        ["winhyperv"] = VirtualMachineGuestOsIdentifier.WindowsHyperVGuest,
    };

    /// <summary>By the letters and digits of vSphere's names, which have underscores and capitals where no rule says so.</summary>
    private static readonly FrozenDictionary<string, string> Known = typeof(VirtualMachineGuestOsIdentifier).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (string)field.GetRawConstantValue()!).Select(id => KeyValuePair.Create(Plain(id.Replace("Guest", "", StringComparison.Ordinal)), id))
        .Concat(Irregular).ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>vSphere's name; for a system that is not known here the name that vSphere's own would most likely be.</summary>
    public static string IdOf(string guestOs)
    {
        if (guestOs.Length == 0 || Known.TryGetValue(Plain(guestOs), out var known))
        {
            return Known.GetValueOrDefault(Plain(guestOs), "");
        }

        const string Wide = "-64";
        var name = guestOs.ToLowerInvariant();
        return name.EndsWith(Wide, StringComparison.Ordinal) ? $"{name[..^Wide.Length]}_64Guest" : name + "Guest";
    }

    /// <summary>What the guest called itself when Tools asked it last, e.g. "Debian GNU/Linux 12 (bookworm)"; null when they never did.</summary>
    public static string? FullNameOf(VmxSettings vmx) =>
        PrettyName().Match(vmx["guestOS.detailed.data"] ?? vmx["guestInfo.detailed.data"] ?? "") is { Success: true } found ? found.Groups[1].Value.Trim() : null;

    private static string Plain(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();

    [GeneratedRegex("prettyName='([^']+)'", RegexOptions.NonBacktracking)]
    private static partial Regex PrettyName();
}
