namespace Migrate.Simulator.Disks;

/// <summary>
/// A disk as a tree of layers over the content that the estate gave it. A snapshot freezes the top layer and puts a new one on it; going back
/// to a snapshot puts a new layer on what it froze and throws the old top away; removing snapshots merges layers that nobody needs any more.
/// Reading at a layer gives the disk as it was while that layer was on top.
/// </summary>
public sealed class DiskChain
{
    private readonly Lock _lock = new();
    private readonly List<DiskLayer> _all;
    private DiskLayer _top;
    private int _lastNumber;

    public DiskChain(DiskContent original)
    {
        Original = original;
        _top = new DiskLayer(0, null);
        _all = [_top];
    }

    public DiskContent Original { get; }

    /// <summary>The disk as the guest sees it, now and while it goes on writing.</summary>
    public DiskContent Current => new Reading(this, null);

    /// <summary>From the base to the file that the guest writes to.</summary>
    public IReadOnlyList<DiskLayer> Layers
    {
        get
        {
            lock (_lock)
            {
                return PathTo(_top);
            }
        }
    }

    /// <summary>The files of all branches, the base first.</summary>
    public IReadOnlyList<DiskLayer> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _all];
            }
        }
    }

    /// <summary>What the deltas take on the datastore.</summary>
    public long DeltaBytes
    {
        get
        {
            lock (_lock)
            {
                return _all.Where(l => l.Parent is not null).Sum(l => l.Writes.Bytes);
            }
        }
    }

    /// <summary>The disk as it was when <paramref name="layer"/> was frozen.</summary>
    public DiskContent At(DiskLayer layer) => new Reading(this, layer);

    /// <summary>From the base to <paramref name="layer"/>.</summary>
    public IReadOnlyList<DiskLayer> ChainOf(DiskLayer layer)
    {
        lock (_lock)
        {
            return PathTo(layer);
        }
    }

    public void Write(long offset, long length, ulong seed)
    {
        lock (_lock)
        {
            _top.Writes.Set(offset, offset + length, seed);
        }
    }

    /// <summary>Puts a new layer on top and gives the one that is frozen by it.</summary>
    public DiskLayer Freeze()
    {
        lock (_lock)
        {
            var frozen = _top;
            Grow(frozen);
            return frozen;
        }
    }

    /// <summary>The guest goes on from <paramref name="layer"/>; what it wrote since the last snapshot is lost.</summary>
    public void Revert(DiskLayer layer)
    {
        lock (_lock)
        {
            var lost = _top;
            Grow(layer);
            _all.Remove(lost);
        }
    }

    /// <summary>
    /// Merges every layer into the one below it that nobody needs any more, and deletes branches that lead nowhere. Needed are the frozen layers of
    /// snapshots; a layer that carries several branches stays.
    /// </summary>
    public void Merge(IEnumerable<DiskLayer> needed)
    {
        lock (_lock)
        {
            var keep = needed.Select(l => l.Present).ToHashSet();
            while (_all.Find(l => IsUseless(l, keep)) is { } useless)
            {
                _all.Remove(useless);
                if (useless == _top || keep.Contains(useless) || HasChildren(useless))
                {
                    MergeDown(useless, keep);
                }
            }
        }
    }

    /// <summary>Runs that take space on the datastore at or below <paramref name="layer"/> (null: all), ascending, cut to [from, to).</summary>
    public IEnumerable<Run> Allocated(DiskLayer? layer, long from, long to)
    {
        // In pieces, so that one page of an answer does not look at all of a huge disk.
        const long Piece = 1L << 36;
        for (var at = from; at < to; at += Piece)
        {
            var end = Math.Min(to, at + Piece);
            var runs = new RunMap();
            foreach (var (start, stop) in Original.Allocated(at, end))
            {
                runs.Set(start, stop);
            }

            lock (_lock)
            {
                foreach (var run in PathTo(layer ?? _top).SelectMany(l => l.Writes.In(at, end)))
                {
                    runs.Set(run.Start, run.End);
                }
            }

            foreach (var run in runs.In(at, end))
            {
                yield return run;
            }
        }
    }

    private void Grow(DiskLayer parent)
    {
        _top = new DiskLayer(++_lastNumber, parent);
        _all.Add(_top);
    }

    private bool HasChildren(DiskLayer layer) => _all.Exists(l => l.Parent == layer);

    /// <summary>A leaf that nobody reads, or the only child of a layer that nobody needs.</summary>
    private bool IsUseless(DiskLayer layer, HashSet<DiskLayer> keep) => layer.Parent is { } parent
        && ((layer != _top && !keep.Contains(layer) && !HasChildren(layer)) || (!keep.Contains(parent) && _all.Count(l => l.Parent == parent) == 1));

    private void MergeDown(DiskLayer layer, HashSet<DiskLayer> keep)
    {
        var parent = layer.Parent!;
        layer.MergeInto(parent);
        _all.FindAll(l => l.Parent == layer).ForEach(child => child.Parent = parent);
        if (keep.Remove(layer))
        {
            keep.Add(parent);
        }

        _top = _top == layer ? parent : _top;
    }

    private List<DiskLayer> PathTo(DiskLayer layer)
    {
        if (!_all.Contains(layer))
        {
            throw new IOException("The snapshot that this was read from has been removed.");
        }

        var path = new List<DiskLayer>();
        for (var at = layer; at is not null; at = at.Parent)
        {
            path.Insert(0, at);
        }

        return path;
    }

    private sealed class Reading(DiskChain chain, DiskLayer? layer) : DiskContent
    {
        public override async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
        {
            await chain.Original.ReadAsync(offset, buffer, cancellationToken);
            lock (chain._lock)
            {
                foreach (var run in chain.PathTo(layer ?? chain._top).SelectMany(l => l.Writes.In(offset, offset + buffer.Length)))
                {
                    SyntheticContent.Fill(run.Tag, run.Start, buffer.Span[(int)(run.Start - offset)..(int)(run.End - offset)]);
                }
            }
        }

        public override long? NextData(long offset)
        {
            var next = chain.Original.NextData(offset);
            lock (chain._lock)
            {
                foreach (var found in chain.PathTo(layer ?? chain._top).Select(l => l.Writes.In(offset, long.MaxValue).FirstOrDefault(r => r.Tag != 0)))
                {
                    next = found.Tag == 0 ? next : Math.Min(next ?? long.MaxValue, found.Start);
                }
            }

            return next;
        }

        public override IEnumerable<(long Start, long End)> Allocated(long from, long to) => chain.Allocated(layer, from, to).Select(r => (r.Start, r.End));
    }
}
