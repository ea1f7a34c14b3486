using System.Security.Cryptography;

namespace Migrate.Executor.Copy;

/// <summary>
/// What is known of each extent: nothing, that it is zero, or its SHA-256. The states are in memory, 336 bytes per GiB of disk, so 21 MiB for
/// 62 TiB. The hashes are too, 32 MiB per TiB of data, unless they can be loaded again from a journal: then only those of
/// <see cref="SegmentsInMemory"/> segments are, 8 MiB. One thread may set while others ask about other extents.
/// </summary>
/// <param name="capacityBytes">Of the disk.</param>
/// <param name="kept">Where the hashes can be had again; null when they are only here.</param>
internal sealed class ExtentHashes(long capacityBytes, IKeptHashes? kept = null)
{
    internal const int SegmentsInMemory = 256;
    private const int ReadAhead = 16;
    private static readonly byte[] ZeroHash = SHA256.HashData(new byte[Extent.Size]);

    private readonly Segment?[] _segments = new Segment?[(Extent.CountFor(capacityBytes) + Segment.Extents - 1) / Segment.Extents];
    private readonly Lock _loading = new();
    private readonly Dictionary<int, long> _lastUse = []; // of the segments whose hashes are in memory and can be loaded again
    private long _uses;
    private int _newest = -1;
    private int _expected = -1;

    public long Count { get; } = Extent.CountFor(capacityBytes);

    public long KnownCount { get; private set; }

    public long KnownBytes { get; private set; }

    public bool IsComplete => KnownCount == Count;

    public bool IsKnown(long index) => _segments[Segment.NumberOf(index)]?.IsKnown(index) == true;

    public bool IsZero(long index) => _segments[Segment.NumberOf(index)]?.IsZero(index) == true;

    public void SetZero(long first, long count)
    {
        for (var index = first; index < first + count; index++)
        {
            Know(index).SetZero(index);
        }
    }

    public void SetData(long index, ReadOnlySpan<byte> hash) => Know(index).SetData(index, hash);

    /// <summary>The extent is about to be overwritten: nothing is known of it any more.</summary>
    public void Forget(long index)
    {
        if (IsKnown(index))
        {
            _segments[Segment.NumberOf(index)]!.Forget(index);
            KnownCount--;
            KnownBytes -= Extent.LengthOf(index, capacityBytes);
        }
    }

    /// <summary>The hash of a known extent, a zero one's included.</summary>
    public void CopyHash(long index, Span<byte> hash)
    {
        if (IsZero(index))
        {
            var length = Extent.LengthOf(index, capacityBytes);
            if (length == Extent.Size)
            {
                ZeroHash.CopyTo(hash);
            }
            else
            {
                SHA256.HashData(new byte[length], hash);
            }
            return;
        }
        if (kept is null)
        {
            _segments[Segment.NumberOf(index)]!.HashOf(index).CopyTo(hash);
            return;
        }
        lock (_loading)
        {
            var number = Segment.NumberOf(index);
            MustHaveHashes(number);
            _segments[number]!.HashOf(index).CopyTo(hash);
        }
    }

    /// <summary>The first extent of which nothing is known; <see cref="Count"/> when there is none.</summary>
    public long FirstGap()
    {
        for (var number = 0; number < _segments.Length; number++)
        {
            if ((_segments[number]?.FirstGap() ?? 0) is var gap and < Segment.Extents)
            {
                return Math.Min(Count, ((long)number * Segment.Extents) + gap);
            }
        }
        return Count;
    }

    /// <summary>How many extents the segment has: the last one may have fewer.</summary>
    internal int ExtentsOf(int number) => (int)Math.Min(Segment.Extents, Count - ((long)number * Segment.Extents));

    /// <summary>A copy of the segment with its hashes, to be changed and then put back by <see cref="Replace"/>.</summary>
    internal Segment CopyOf(int number)
    {
        lock (_loading)
        {
            if (_segments[number] is not { } segment)
            {
                return new Segment();
            }
            if (kept is not null && segment.DataCount > 0)
            {
                MustHaveHashes(number);
            }
            return segment.Copy();
        }
    }

    internal void Replace(int number, Segment segment)
    {
        lock (_loading)
        {
            var before = _segments[number];
            _segments[number] = segment;
            KnownCount += segment.KnownCount - (before?.KnownCount ?? 0);
            KnownBytes += BytesOf(number, segment) - (before is null ? 0 : BytesOf(number, before));
            if (kept is not null)
            {
                Use(number, segment);
            }
        }
    }

    private long BytesOf(int number, Segment segment)
    {
        var last = Count - 1;
        var shorter = Segment.NumberOf(last) == number && segment.IsKnown(last) ? Extent.Size - Extent.LengthOf(last, capacityBytes) : 0;
        return ((long)segment.KnownCount * Extent.Size) - shorter;
    }

    private void MustHaveHashes(int number)
    {
        var segment = _segments[number]!;
        if (segment.Hashes is null)
        {
            // Whoever goes through the disk in order asks for the next one soon.
            foreach (var (loaded, hashes) in kept!.Load(number, number - _expected is >= 0 and < ReadAhead ? ReadAhead : 1))
            {
                if (_segments[loaded] is { Hashes: null } one && SegmentFormat.TryReadHashes(hashes, one, out var read))
                {
                    one.Hashes = read;
                    Use(loaded, one);
                    _expected = loaded + 1;
                }
            }
            if (segment.Hashes is null)
            {
                throw kept.Damaged(number);
            }
        }
        Use(number, segment);
    }

    private void Use(int number, Segment segment)
    {
        if (segment.Hashes is null)
        {
            _lastUse.Remove(number);
            _newest = number == _newest ? -1 : _newest;
            return;
        }
        if (number == _newest)
        {
            return; // Extents are asked for in order, as a rule: 1,024 of one segment.
        }
        _newest = number;
        _lastUse[number] = _uses++;
        if (_lastUse.Count > SegmentsInMemory)
        {
            var oldest = _lastUse.MinBy(x => x.Value).Key;
            _lastUse.Remove(oldest);
            _segments[oldest]!.Hashes = null;
        }
    }

    private Segment Know(long index)
    {
        var segment = _segments[Segment.NumberOf(index)] ??= new Segment();
        if (!segment.IsKnown(index))
        {
            KnownCount++;
            KnownBytes += Extent.LengthOf(index, capacityBytes);
        }
        return segment;
    }
}

/// <summary>The hashes of segments, as a journal keeps them. Called one at a time.</summary>
internal interface IKeptHashes
{
    /// <summary>Those of the segments from <paramref name="first"/> on, up to <paramref name="count"/> of them, that have any.</summary>
    IEnumerable<(int Number, byte[] Hashes)> Load(int first, int count);

    /// <summary>A segment's hashes are missing or are not what was written: it forgets the segment and gives the failure to throw.</summary>
    Exception Damaged(int number);
}
