namespace Migrate.Executor.Copy;

/// <summary>
/// Splits an extent into what has to be sent and what is zero. Zeroes count in granules of 4 KiB, the block of nearly every guest file
/// system; a hole shorter than 64 KiB is sent as data all the same, because one more command costs about as much as those bytes do.
/// </summary>
internal static class NonZeroRuns
{
    public const int Granule = 4096;
    public const int ShortestHole = 64 << 10;

    public static bool IsZero(ReadOnlySpan<byte> bytes) => bytes.IndexOfAnyExcept((byte)0) < 0;

    /// <summary>The runs to send, in order; everything between them is zero. Bounds are multiples of the granule, but for the extent's end.</summary>
    public static List<Range> In(ReadOnlySpan<byte> extent)
    {
        var runs = new List<Range>();
        var start = -1;
        var end = 0;
        for (var at = 0; at < extent.Length; at += Granule)
        {
            var granule = extent.Slice(at, Math.Min(Granule, extent.Length - at));
            if (IsZero(granule))
            {
                continue;
            }
            if (start >= 0 && at - end >= ShortestHole)
            {
                runs.Add(start..end);
                start = -1;
            }
            if (start < 0)
            {
                // A short hole at the extent's begin is sent too.
                start = at < ShortestHole ? 0 : at;
            }
            end = at + granule.Length;
        }
        if (start >= 0)
        {
            runs.Add(start..(extent.Length - end < ShortestHole ? extent.Length : end));
        }
        return runs;
    }
}
