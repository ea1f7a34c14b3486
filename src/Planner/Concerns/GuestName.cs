using System.Text.RegularExpressions;
using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns;

internal enum WindowsAge
{
    /// <summary>Older than Windows 7 and Server 2008 R2.</summary>
    NoVirtioScsi,

    /// <summary>Older than Windows 10 and Server 2016.</summary>
    OldVirtioScsi,
}

/// <summary>
/// What vSphere's guest ids and names tell of a guest. An id names the oldest release that looks alike: windows9Server64Guest is
/// Server 2016, windows2019srvNext_64Guest Server 2022.
/// </summary>
internal static partial class GuestName
{
    public static bool IsWindows(Vm vm) => vm.Guest.Family == "windowsGuest" || vm.GuestId.StartsWith("win", StringComparison.OrdinalIgnoreCase);

    public static bool IsWindowsServer(Vm vm) =>
        IsWindows(vm) && (vm.GuestId.Contains("srv", StringComparison.OrdinalIgnoreCase) || vm.GuestId.Contains("Server", StringComparison.OrdinalIgnoreCase)
            || vm.GuestId.StartsWith("winNet", StringComparison.OrdinalIgnoreCase) || vm.GuestFullName.Contains("Server", StringComparison.OrdinalIgnoreCase));

    public static bool IsLinux(Vm vm) => vm.Guest.Family == "linuxGuest" || LinuxIds().IsMatch(vm.GuestId);

    /// <summary>RHEL 7 to 10, Windows 10 and 11, Windows Server 2016 to 2025: by id, else by the name that Tools report, else by the configured name.</summary>
    public static bool IsListed(Vm vm)
    {
        string name = string.IsNullOrEmpty(vm.Guest.FullName) ? vm.GuestFullName : vm.Guest.FullName;
        return ListedIds().IsMatch(vm.GuestId) || ListedNames.Any(listed => name.Contains(listed, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Null for a Windows that current virtio drivers know, and for what is no Windows or does not say which.</summary>
    public static WindowsAge? WindowsAge(Vm vm) => vm.GuestId switch
    {
        var id when !id.StartsWith("win", StringComparison.OrdinalIgnoreCase) => null,
        var id when OldestIds().IsMatch(id) => Concerns.WindowsAge.NoVirtioScsi,
        var id when OldIds().IsMatch(id) => Concerns.WindowsAge.OldVirtioScsi,
        _ => null,
    };

    /// <summary>Whether the guest is built for x86-64-v2 or later.</summary>
    public static bool NeedsNewCpu(Vm vm) => NewCpuIds().IsMatch(vm.GuestId);

    private static readonly string[] ListedNames =
    [
        "red hat enterprise linux 7", "red hat enterprise linux 8", "red hat enterprise linux 9", "red hat enterprise linux 10", "Windows 10", "Windows 11",
        "Windows Server 2016", "Windows Server 2019", "Windows Server 2022", "Windows Server 2025",
    ];

    private const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking;

    [GeneratedRegex("(rhel7|rhel8|rhel9|rhel10)(_64)?guest|windows(9|10|11|2016|2019|2022|2025).*guest", Options)]
    private static partial Regex ListedIds();

    [GeneratedRegex("linux|rhel|centos|debian|ubuntu|sles|opensuse|fedora|oracle|rocky|alma|photon|amazon|asianux|coreos|mandr|redhat|turbo", Options)]
    private static partial Regex LinuxIds();

    [GeneratedRegex("^win(31|95|98|me|nt|2000|net|xp|longhorn|vista)", Options)]
    private static partial Regex OldestIds();

    [GeneratedRegex("^windows(7|8)", Options)]
    private static partial Regex OldIds();

    [GeneratedRegex("^(rhel|centos|oracleLinux|rockylinux|almalinux)(9|1[0-9])", Options)]
    private static partial Regex NewCpuIds();
}
