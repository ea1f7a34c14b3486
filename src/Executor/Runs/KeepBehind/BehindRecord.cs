using System.Text.Json;
using System.Text.Json.Serialization;

namespace Migrate.Executor.Runs.KeepBehind;

/// <summary>What is known of the writes of a domain's guest, as it is kept in the run's row.</summary>
/// <param name="Since">From when on QEMU counts them: before the guest's first instruction. UTC.</param>
/// <param name="SeenAt">When the count was read last, UTC.</param>
/// <param name="Disks">Bytes then.</param>
/// <param name="LostAt">When it was found that QEMU no longer counts, UTC: its domain was ended, moved or started again since <paramref name="SeenAt"/>. Null: it counts.</param>
public sealed record BehindRecord(DateTime Since, DateTime SeenAt, IReadOnlyList<BehindDisk> Disks, DateTime? LostAt = null)
{
    [JsonIgnore]
    public long Bytes => Disks.Sum(x => x.Bytes);

    public static BehindRecord? Read(string? json) => json is null ? null : JsonSerializer.Deserialize(json, BehindJson.Default.BehindRecord);

    public string Write() => JsonSerializer.Serialize(this, BehindJson.Default.BehindRecord);
}

/// <summary>One disk: what its guest has written, trimmed or zeroed, counted in whole blocks.</summary>
/// <param name="DiskKey">Device key in the VM.</param>
/// <param name="Label">e.g. Hard disk 1.</param>
/// <param name="Bytes">Of all blocks of which any byte was touched.</param>
/// <param name="BlockBytes">What is told apart.</param>
public sealed record BehindDisk(int DiskKey, string Label, long Bytes, long BlockBytes);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BehindRecord))]
internal sealed partial class BehindJson : JsonSerializerContext;
