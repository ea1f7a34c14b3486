using Migrate.Simulator.ChangeTracking;
using Migrate.Simulator.Disks;
using Migrate.Simulator.Estates;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Storage;

namespace Migrate.Simulator.VirtualMachines;

/// <summary>A virtual disk with everything resolved that the estate left open.</summary>
public sealed class VmDisk
{
    private long _capacity;

    public required EstateDisk Source { get; init; }
    /// <summary>A storage policy that was given to it since; null: that of <see cref="Source"/>.</summary>
    public string? Policy { get; set; }

    public required Datastore Datastore { get; set; }

    /// <summary>What is in it, with what guests write and snapshots freeze.</summary>
    public required DiskChain Chain { get; init; }

    /// <summary>Null where the disk can have no change tracking: physical RDMs and independent disks.</summary>
    public DiskTracking? Tracking { get; init; }

    /// <summary>As it is now.</summary>
    public DiskContent Content => Chain.Current;

    public required int Index { get; init; }

    public required int Key { get; init; }

    public required int ControllerKey { get; init; }

    public required int Bus { get; init; }

    public required int Unit { get; init; }

    /// <summary>Path on the datastore without extension: "web01/web01_1".</summary>
    public required string BaseName { get; init; }

    public required string Uuid { get; init; }

    /// <summary>The raw device behind an RDM.</summary>
    public Lun? RawDevice { get; init; }

    public required long CapacityBytes
    {
        get => Interlocked.Read(ref _capacity);
        set => Interlocked.Exchange(ref _capacity, value);
    }

    public string Label => $"Hard disk {Index + 1}";

    public bool IsRdm => Source.Backing is EstateBacking.RdmPhysical or EstateBacking.RdmVirtual;

    /// <summary>Snapshots leave independent disks and physical RDMs alone.</summary>
    public bool TakesSnapshots => CanTrack(Source);

    public static bool CanTrack(EstateDisk disk) => !disk.Mode.StartsWith("independent", StringComparison.Ordinal) && disk.Backing != EstateBacking.RdmPhysical;

    /// <summary>PerformanceManager's instance, "scsi0:0".</summary>
    public string Instance => Source.Controller switch
    {
        EstateControllerKind.Ahci => $"sata{Bus}:{Unit}",
        EstateControllerKind.Nvme => $"nvme{Bus}:{Unit}",
        EstateControllerKind.Ide => $"ide{Bus}:{Unit}",
        _ => $"scsi{Bus}:{Unit}",
    };

    /// <summary>Identity of the object that holds it on vSAN, where there is no flat extent.</summary>
    public string? ObjectId => Datastore.IsVsan ? StableBytes.Uuid("vsan-object/" + Uuid).ToString() : null;

    /// <summary>Of one file of its chain.</summary>
    public string DescriptorName(DiskLayer layer) => layer.Number == 0 ? $"{BaseName}.vmdk" : $"{BaseName}-{layer.Number:D6}.vmdk";

    public string FlatName => IsRdm ? $"{BaseName}-{(Source.Backing == EstateBacking.RdmPhysical ? "rdmp" : "rdm")}.vmdk" : $"{BaseName}-flat.vmdk";

    public static int ControllerKeyOf(EstateControllerKind kind, int bus) => kind switch
    {
        EstateControllerKind.Ide => 200 + bus,
        EstateControllerKind.Ahci => 15000 + bus,
        EstateControllerKind.Nvme => 31000 + bus,
        _ => 1000 + bus,
    };

    public static int KeyOf(EstateControllerKind kind, int bus, int unit) => kind switch
    {
        EstateControllerKind.Ide => 3000 + bus * 2 + unit,
        EstateControllerKind.Ahci => 16000 + bus * 30 + unit,
        EstateControllerKind.Nvme => 32000 + bus * 15 + unit,
        _ => 2000 + bus * 16 + unit,
    };

    /// <summary>Controllers of one family share their bus numbers.</summary>
    public static string Family(EstateControllerKind kind) => kind switch
    {
        EstateControllerKind.Ide or EstateControllerKind.Ahci or EstateControllerKind.Nvme => kind.ToString(),
        _ => "Scsi",
    };
}
