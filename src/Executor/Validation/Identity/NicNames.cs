using System.Globalization;
using System.Text.RegularExpressions;
using Migrate.Planner.Inventory;

namespace Migrate.Executor.Validation.Identity;

/// <summary>
/// Names that Linux gives network cards. systemd names a card by its PCI slot, which a card on KVM has another one of; the MAC address stays.
/// </summary>
public static partial class NicNames
{
    private const int BitsOfSlot = 10;

    /// <summary>
    /// The predictable name of a card on VMware: ACPI calls the slots by VMware's pciSlotNumber (ens192 for 192), and the further functions of a slot
    /// (1184 = 160 + 1024) by the next number. Null where the slot is not known.
    /// </summary>
    public static string? OnVmware(int? pciSlot) => pciSlot is > 0 and var slot
        ? string.Create(CultureInfo.InvariantCulture, $"ens{(slot & ((1 << BitsOfSlot) - 1)) + (slot >> BitsOfSlot)}")
        : null;

    /// <summary>The name that a Linux guest may know the card by and will not find on KVM; null where there is none.</summary>
    public static string? Kept(Vm vm, Nic nic) =>
        vm.GuestId.StartsWith("win", StringComparison.OrdinalIgnoreCase) || !Mac().IsMatch(nic.MacAddress) ? null : OnVmware(nic.PciSlot);

    /// <summary>Whether systemd chose the name by a card's place, so that another place means another name.</summary>
    public static bool IsByPlace(string name) => ByPlace().IsMatch(name);

    /// <summary>A line for a shell in the guest that writes a file for systemd (systemd.link(5)) by which a card keeps a name, wherever it is plugged in.</summary>
    public static string LinkCommand(string mac, string name) =>
        $"printf '[Match]\\nMACAddress={mac}\\n[Link]\\nName={name}\\n' > /etc/systemd/network/10-{name}.link";

    [GeneratedRegex("^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$")]
    private static partial Regex Mac();

    [GeneratedRegex("^(en|wl|ib)[opsxPbv][0-9a-z]+$")]
    private static partial Regex ByPlace();
}
