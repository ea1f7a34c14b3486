namespace Migrate.Simulator.Disks;

/// <summary>
/// One file of a disk: the base (number 0) or the delta that a snapshot or a revert began, with what guests wrote while it was on top.
/// </summary>
public sealed class DiskLayer(int number, DiskLayer? parent)
{
    private DiskLayer? _mergedInto;

    /// <summary>As in the file's name: web01-000002.vmdk is number 2.</summary>
    public int Number { get; } = number;

    /// <summary>The file below it; null for the base.</summary>
    public DiskLayer? Parent { get; internal set; } = parent;

    /// <summary>The file that has this one's state now: itself, or the one that it was merged into.</summary>
    public DiskLayer Present => _mergedInto?.Present ?? this;

    /// <summary>Tagged with the seed of the bytes written; seed 0 = zeroes.</summary>
    internal RunMap Writes { get; } = new();

    internal void MergeInto(DiskLayer parent)
    {
        parent.Writes.Add(Writes);
        _mergedInto = parent;
    }
}
