namespace Migrate.Planner.VSphere.ChangeTracking;

/// <summary>
/// How fast a disk changes, from two points of its history: bytes of areas that changed at least once between them. A block written many
/// times counts once, so this is what a pass has to copy, and less than what the guest wrote.
/// </summary>
public sealed record ChangeRate(int DiskKey, DateTime From, DateTime To, long ChangedBytes)
{
    /// <summary>0 for two points at the same moment.</summary>
    public double BytesPerSecond => To > From ? ChangedBytes / (To - From).TotalSeconds : 0;

    public static async Task<ChangeRate> OfAsync(int diskKey, DateTime from, DateTime to, IAsyncEnumerable<ChangedArea> areas, CancellationToken cancellationToken)
    {
        var bytes = 0L;
        await foreach (var area in areas.WithCancellation(cancellationToken))
        {
            bytes += area.Length;
        }

        return new ChangeRate(diskKey, from, to, bytes);
    }
}
