using System.Text.Json.Serialization;

namespace Migrate.Simulator.Estates;

public sealed record EstateDatastore
{
    public required string Name { get; init; }
    /// <summary>VMFS, NFS, NFS41 or vsan, as vSphere writes it.</summary>
    public string Type { get; init; } = "VMFS";
    public string? Datacenter { get; init; }
    [JsonConverter(typeof(ByteSizeConverter))]
    public long Capacity { get; init; } = 10L << 40;
    [JsonConverter(typeof(ByteSizeConverter))]
    public long Free { get; init; } = 6L << 40;
    public bool Accessible { get; init; } = true;
    public string Maintenance { get; init; } = "normal";
    /// <summary>Hosts that mount it; unset: every host of the datacenter (vSAN: of the clusters with vSAN).</summary>
    public IReadOnlyList<string>? Hosts { get; init; }
    /// <summary>VMFS only; unset: an iSER LUN of a QNAP array.</summary>
    public EstateLun? Lun { get; init; }
    /// <summary>NFS only, "server:/export".</summary>
    public string? Remote { get; init; }
}

public sealed record EstateLun
{
    /// <summary>Canonical name; unset: a naa of the array's vendor derived from the datastore.</summary>
    public string? Naa { get; init; }
    public string Vendor { get; init; } = "QNAP";
    public string Model { get; init; } = "iSCSI Storage";
    public bool Ssd { get; init; } = true;
    public EstateAdapterKind Adapter { get; init; } = EstateAdapterKind.Iser;
    public int Paths { get; init; } = 2;
    public int DeadPaths { get; init; }
    public string Policy { get; init; } = "VMW_PSP_RR";
    public string ArrayPolicy { get; init; } = "VMW_SATP_ALUA";
    public string? Target { get; init; }
}

public sealed record EstateNetwork
{
    public required string Name { get; init; }
    public string? Datacenter { get; init; }
    /// <summary>Name of the distributed switch; unset: a standard portgroup.</summary>
    public string? Switch { get; init; }
    public int Vlan { get; init; }
}
