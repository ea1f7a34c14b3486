using Migrate.Planner.Inventory;

namespace Migrate.Planner.VSphere;

/// <summary>
/// What VMs have that is not known here: newer devices and words of newer versions. Each is kept as it came and named as a gap, because
/// nothing here can say what it means for a move.
/// </summary>
internal static class Unfamiliar
{
    /// <summary>How such a gap ends.</summary>
    public const string KeptAsItCame = ": not known here; kept as it came";

    private static readonly string[] PowerStates = ["poweredOn", "poweredOff", "suspended"];
    private static readonly string[] ConnectionStates = ["connected", "disconnected", "orphaned", "inaccessible", "invalid"];
    private static readonly string[] Firmwares = ["bios", "efi"];
    private static readonly string[] Modes = ["persistent", "nonpersistent", "undoable", "independent_persistent", "independent_nonpersistent", "append"];
    private static readonly string[] DiskSharing = ["sharingNone", "sharingMultiWriter"];
    private static readonly string[] BusSharing = ["noSharing", "virtualSharing", "physicalSharing"];

    private static readonly string[] DiskFormats = ["native_512", "native_4k"];

    /// <summary>One line per thing, however many VMs have it.</summary>
    public static IEnumerable<string> In(IEnumerable<Vm> vms) => vms.SelectMany(Of).Distinct().Order(StringComparer.Ordinal).Select(what => what + KeptAsItCame);

    public static IEnumerable<string> In(IEnumerable<Cluster> clusters) =>
        from cluster in clusters
        from rule in cluster.Rules
        where rule.Kind == DrsRuleKind.Unknown
        select $"rule '{rule.Name}' of cluster {cluster.Name}{KeptAsItCame}";

    private static IEnumerable<string> Of(Vm vm) =>
    [
        .. Word("power state", vm.PowerState, PowerStates),
        .. Word("connection state", vm.ConnectionState, ConnectionStates),
        .. Word("firmware", vm.Firmware, Firmwares),
        .. vm.Controllers.SelectMany(c => Word("bus sharing", c.SharedBus, BusSharing)),
        .. vm.Disks.SelectMany(d => Word("disk mode", d.DiskMode, Modes).Concat(Word("disk sharing", d.Sharing, DiskSharing)).Concat(Word("disk format", d.Format ?? "", DiskFormats))),
        .. vm.Disks.Where(d => d.Backing == DiskBacking.Unknown).Select(d => d.BackingType.Length == 0 ? "disk without a backing" : $"disk backing {d.BackingType}"),
        .. vm.OtherDevices.Where(d => d.Kind == DeviceKind.Unknown).Select(d => $"device {d.Type} '{d.Label}'"),
    ];

    private static IEnumerable<string> Word(string what, string value, string[] known) => value.Length == 0 || known.Contains(value) ? [] : [$"{what} '{value}'"];
}
