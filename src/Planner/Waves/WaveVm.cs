using Migrate.Planner.Concerns;
using Migrate.Planner.Convergence;

namespace Migrate.Planner.Waves;

/// <summary>What of a VM decides when it can move. Bytes, bytes per second, seconds.</summary>
public sealed record WaveVm
{
    /// <summary>Managed object id.</summary>
    public required string Key { get; init; }

    public required string Name { get; init; }

    /// <summary>Cold: it is off from the first byte on, so that copying is part of the cutover. Warm: only for the last pass.</summary>
    public MigrationMode Mode { get; init; } = MigrationMode.Warm;

    /// <summary>What has to be copied at first.</summary>
    public required long CopyBytes { get; init; }

    /// <summary>At which it can be expected to be copied while nothing else is.</summary>
    public required double BytesPerSecond { get; init; }

    /// <summary>How fast it changes; null where nothing was measured.</summary>
    public double? ChangeBytesPerSecond { get; init; }

    /// <summary>From the end of the first copy until the last pass fits the allowed downtime.</summary>
    public double SettleSeconds { get; init; }

    /// <summary>Of a warm move all of it; of a cold one what comes beside the copying.</summary>
    public required Band DowntimeSeconds { get; init; }

    /// <summary>What the copy goes through, of <see cref="WaveRequest.Capacities"/>.</summary>
    public IReadOnlyList<CapacityUse> Uses { get; init; } = [];

    /// <summary>The windows in which it may be off; null: the first ones of the request.</summary>
    public string? Windows { get; init; }

    /// <summary>Nothing of it begins before.</summary>
    public DateTime? NotBefore { get; init; }

    public int Cpus { get; init; } = 1;

    public long MemoryBytes { get; init; }

    /// <summary>What it will take of the destination's storage.</summary>
    public long StorageBytes { get; init; }
}

/// <param name="Capacity">Key of a <see cref="CopyCapacity"/>.</param>
/// <param name="Share">How much of the copy's bytes goes through it: 1, or less of a datastore that has only some of the disks.</param>
public readonly record struct CapacityUse(string Capacity, double Share);
