using System.Text.Json.Serialization;

namespace Migrate.Simulator.Estates;

public enum EstateControllerKind
{
    Pvscsi,
    LsiLogic,
    LsiLogicSas,
    BusLogic,
    Ahci,
    Nvme,
    Ide,
}

public sealed record EstateController
{
    public EstateControllerKind Kind { get; init; } = EstateControllerKind.Pvscsi;
    public int Bus { get; init; }
    /// <summary>noSharing, virtualSharing or physicalSharing.</summary>
    public string Sharing { get; init; } = "noSharing";
}

public enum EstateBacking
{
    Flat,
    SeSparse,
    Sparse,
    RdmPhysical,
    RdmVirtual,
}

public sealed record EstateDisk
{
    /// <summary>Raw image that holds the disk's content, relative to the estate file; unset: synthetic content.</summary>
    public string? File { get; init; }
    /// <summary>Unset: the file's length (synthetic: 1 GiB). Zero is allowed: such a disk is one of the concerns.</summary>
    [JsonConverter(typeof(NullableByteSizeConverter))]
    public long? Capacity { get; init; }
    public string? Datastore { get; init; }
    /// <summary>Name of its storage policy.</summary>
    public string? Policy { get; init; }
    public EstateControllerKind Controller { get; init; } = EstateControllerKind.Pvscsi;
    public int Bus { get; init; }
    /// <summary>Unset: the controller's next free unit.</summary>
    public int? Unit { get; init; }
    public EstateBacking Backing { get; init; } = EstateBacking.Flat;
    public bool Thin { get; init; } = true;
    /// <summary>persistent, independent_persistent, independent_nonpersistent …</summary>
    public string Mode { get; init; } = "persistent";
    public bool MultiWriter { get; init; }
    /// <summary>native_512 or native_4k; told since 9.0.</summary>
    public string? Format { get; init; }
    public string? Uuid { get; init; }
    public string? KeyId { get; init; }
    public long? IopsLimit { get; init; }
    /// <summary>Share of a synthetic disk's 1 MiB extents that are zero, 0 to 1.</summary>
    public double ZeroShare { get; init; } = 0.5;
    /// <summary>Samples of this disk where they differ from the VM's.</summary>
    public EstateLoad? Load { get; init; }
}
