using System.Text.Json.Serialization;

namespace Migrate.Simulator.Estates;

/// <summary>A file system that the guest reports.</summary>
public sealed record EstateGuestDisk
{
    public required string Path { get; init; }
    [JsonConverter(typeof(ByteSizeConverter))]
    public long Capacity { get; init; } = 8L << 30;
    [JsonConverter(typeof(ByteSizeConverter))]
    public long Free { get; init; } = 4L << 30;
    public string FileSystem { get; init; } = "ext4";
    /// <summary>Indices of the disks that it lies on.</summary>
    public IReadOnlyList<int> Disks { get; init; } = [0];
}
