using System.Collections.Frozen;
using System.Globalization;
using Migrate.Vim25;

namespace Migrate.Planner.Offline.Ovf;

/// <summary>Which system a package is of: vSphere writes its own name, others only a number of CIM's list (CIM_OperatingSystem.OsType).</summary>
internal static class OvfGuest
{
    /// <summary>Numbers that name one of vSphere's systems; where CIM says less, vSphere's name for "of that family".</summary>
    private static readonly FrozenDictionary<int, string> Numbers = new Dictionary<int, string>
    {
        [67] = VirtualMachineGuestOsIdentifier.WinXPProGuest,
        [69] = VirtualMachineGuestOsIdentifier.WinNetStandardGuest,
        [70] = VirtualMachineGuestOsIdentifier.WinNetStandard64Guest,
        [71] = VirtualMachineGuestOsIdentifier.WinXPPro64Guest,
        [73] = VirtualMachineGuestOsIdentifier.WinVistaGuest,
        [74] = VirtualMachineGuestOsIdentifier.WinVista64Guest,
        [76] = VirtualMachineGuestOsIdentifier.WinLonghornGuest,
        [77] = VirtualMachineGuestOsIdentifier.WinLonghorn64Guest,
        [79] = VirtualMachineGuestOsIdentifier.RedhatGuest,
        [82] = VirtualMachineGuestOsIdentifier.SuseGuest,
        [83] = VirtualMachineGuestOsIdentifier.Suse64Guest,
        [84] = VirtualMachineGuestOsIdentifier.SlesGuest,
        [85] = VirtualMachineGuestOsIdentifier.Sles64Guest,
        [93] = VirtualMachineGuestOsIdentifier.UbuntuGuest,
        [94] = VirtualMachineGuestOsIdentifier.Ubuntu64Guest,
        [97] = VirtualMachineGuestOsIdentifier.Other24xLinuxGuest,
        [98] = VirtualMachineGuestOsIdentifier.Other24xLinux64Guest,
        [99] = VirtualMachineGuestOsIdentifier.Other26xLinuxGuest,
        [100] = VirtualMachineGuestOsIdentifier.Other26xLinux64Guest,
        [36] = VirtualMachineGuestOsIdentifier.OtherLinuxGuest,
        [80] = VirtualMachineGuestOsIdentifier.OtherLinux64Guest,
        [95] = VirtualMachineGuestOsIdentifier.OtherLinuxGuest,
        [96] = VirtualMachineGuestOsIdentifier.OtherLinux64Guest,
        [101] = VirtualMachineGuestOsIdentifier.OtherLinux64Guest,
        [102] = VirtualMachineGuestOsIdentifier.OtherGuest64,
        [103] = VirtualMachineGuestOsIdentifier.Windows7Server64Guest,
        [105] = VirtualMachineGuestOsIdentifier.Windows7Guest,
        [106] = VirtualMachineGuestOsIdentifier.CentosGuest,
        [107] = VirtualMachineGuestOsIdentifier.Centos64Guest,
        [108] = VirtualMachineGuestOsIdentifier.OracleLinuxGuest,
        [109] = VirtualMachineGuestOsIdentifier.OracleLinux64Guest,
        [112] = VirtualMachineGuestOsIdentifier.Windows8Server64Guest,
        [113] = VirtualMachineGuestOsIdentifier.Windows8Guest,
        [114] = VirtualMachineGuestOsIdentifier.Windows8_64Guest,
        [115] = VirtualMachineGuestOsIdentifier.Windows8Server64Guest,
        [116] = VirtualMachineGuestOsIdentifier.Windows9Server64Guest,
        [117] = VirtualMachineGuestOsIdentifier.Windows8Guest,
        [118] = VirtualMachineGuestOsIdentifier.Windows8_64Guest,
        [119] = VirtualMachineGuestOsIdentifier.Windows9Guest,
        [120] = VirtualMachineGuestOsIdentifier.Windows9_64Guest,
    }.ToFrozenDictionary();

    /// <param name="osType">vSphere's name; a star before it means that the exporting server guessed.</param>
    /// <param name="id">Number of CIM's list.</param>
    public static string IdOf(string? osType, string? id) => osType?.TrimStart('*') is { Length: > 0 } name ? name
        : int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? Numbers.GetValueOrDefault(number, "") : "";
}
