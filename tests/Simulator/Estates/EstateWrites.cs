namespace Migrate.Simulator.Estates;

/// <summary>What a running guest writes to its disks, at places and of lengths that the estate's seed chooses.</summary>
public sealed record EstateWrites
{
    /// <summary>Writes between any two requests to the simulator.</summary>
    public int PerRequest { get; init; }
    /// <summary>Writes per second of the simulator's clock, caught up with at each request.</summary>
    public double PerSecond { get; init; }
    /// <summary>Longest write in bytes; the shortest is one sector.</summary>
    public int MostBytes { get; init; } = 64 << 10;
}
