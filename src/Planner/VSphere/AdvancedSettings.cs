using System.Globalization;
using System.Text.RegularExpressions;
using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>
/// config.extraConfig: the entries of the .vmx that are no properties. A VM has some eighty of them, of which few decide anything; the
/// rest is left out, and so are values that may be secrets.
/// </summary>
internal static partial class AdvancedSettings
{
    public static IReadOnlyList<AdvancedSetting> Of(IEnumerable<OptionValue>? options) =>
    [
        .. (options ?? []).Where(o => !string.IsNullOrEmpty(o.Key) && Matters().IsMatch(o.Key) && !PlaceOnly().IsMatch(o.Key))
            .Select(o => new AdvancedSetting(o.Key, MayBeSecret().IsMatch(o.Key) ? null : Text(o.Value))),
    ];

    /// <summary>The .vmx file's word for yes; null when there is no such entry.</summary>
    public static bool? Flag(IEnumerable<OptionValue>? options, string name) =>
        (options ?? []).FirstOrDefault(o => string.Equals(o.Key, name, StringComparison.OrdinalIgnoreCase)) is { } option
            ? Text(option.Value) is { } text && (text.Equals("TRUE", StringComparison.OrdinalIgnoreCase) || text == "1" || text.Equals("yes", StringComparison.OrdinalIgnoreCase))
            : null;

    private static string? Text(object? value) => value switch
    {
        string text => text,
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        bool flag => flag ? "TRUE" : "FALSE",
        _ => null,
    };

    /// <summary>Placement, processors, disks and change tracking, NICs and passthrough, time, and what the guest is told from outside.</summary>
    [GeneratedRegex(@"^(numa|sched|cpuid|hypervisor|monitor|monitor_control|vhv|vpmc|mem|disk|isolation|guestinfo|smbios|time|rtc|uefi|bios)\.|^pciPassthru|^ethernet\d+\.|^(scsi|sata|ide|nvme)\d+(:\d+)?\.|^ctkEnabled$|^tools\.syncTime$", RegexOptions.IgnoreCase)]
    private static partial Regex Matters();

    /// <summary>Names of files, new after every move of the VM, and what the host notes down for itself.</summary>
    [GeneratedRegex(@"^sched\.swap\.derivedName$|^numa\.autosize\.(cookie|vcpu\.maxPerVirtualNode)$", RegexOptions.IgnoreCase)]
    private static partial Regex PlaceOnly();

    [GeneratedRegex(@"^guestinfo\.|passw|secret|token|credential|(^|\.)key", RegexOptions.IgnoreCase)]
    private static partial Regex MayBeSecret();
}
