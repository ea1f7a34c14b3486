namespace Migrate.Simulator.Disks;

/// <summary>One file of a disk's chain: the base (number 0) or the delta that a snapshot began, with what guests wrote while it was on top.</summary>
public sealed class DiskLayer(int number)
{
    /// <summary>As in the file's name: web01-000002.vmdk is number 2.</summary>
    public int Number { get; } = number;

    /// <summary>Tagged with the seed of the bytes written; seed 0 = zeroes.</summary>
    internal RunMap Writes { get; } = new();
}
