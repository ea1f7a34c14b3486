using System.Text.Json.Serialization;

namespace Migrate.Simulator.Estates;

public sealed record EstateHost
{
    public required string Name { get; init; }
    public string? Cluster { get; init; }
    public string Version { get; init; } = "8.0.1";
    public string Build { get; init; } = "22088125";
    public string CpuModel { get; init; } = "Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz";
    public int Cores { get; init; } = 32;
    [JsonConverter(typeof(ByteSizeConverter))]
    public long Memory { get; init; } = 512L << 30;
    /// <summary>connected, disconnected or notResponding.</summary>
    public string Connection { get; init; } = "connected";
    public bool Maintenance { get; init; }
    /// <summary>Custom attributes by name.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>();
    /// <summary>Unset: two uplinks, both RDMA-capable when an adapter is iSER.</summary>
    public IReadOnlyList<EstateNic>? Nics { get; init; }
    /// <summary>Unset: a local AHCI controller and what the host's datastores need.</summary>
    public IReadOnlyList<EstateAdapter>? Adapters { get; init; }
}

public sealed record EstateNic
{
    public required string Device { get; init; }
    public string Driver { get; init; } = "nmlx5_core";
    public int SpeedMbps { get; init; } = 25000;
    /// <summary>Name of the RDMA device on this uplink ("vmrdma0"), if it has one.</summary>
    public string? Rdma { get; init; }
}

public enum EstateAdapterKind
{
    Local,
    SoftwareIscsi,
    Iser,
    FibreChannel,
    NvmeTcp,
    NvmePcie,
}

public sealed record EstateAdapter
{
    public required string Device { get; init; }
    public required EstateAdapterKind Kind { get; init; }
    /// <summary>The uplink that NVMe/TCP uses, or the one whose RDMA device iSER uses.</summary>
    public string? Nic { get; init; }
    public string? Iqn { get; init; }
    /// <summary>iSER only: a VMkernel adapter is bound to it.</summary>
    public bool Bound { get; init; } = true;
    /// <summary>iSER only: the port group of what is bound has a standby uplink, which the host complains of.</summary>
    public string? StandbyNic { get; init; }
    /// <summary>online, offline or unbound.</summary>
    public string Status { get; init; } = "online";
}
