namespace Migrate.Simulator.Disks;

/// <summary>
/// A disk as a chain of layers over the content that the estate gave it. A snapshot freezes the top layer and puts a new one on it; removing
/// the snapshot merges that one down. Reading at a layer gives the disk as it was while that layer was on top.
/// </summary>
public sealed class DiskChain(DiskContent original)
{
    private readonly Lock _lock = new();
    private readonly List<DiskLayer> _layers = [new(0)];
    private int _lastNumber;

    public DiskContent Original => original;

    /// <summary>The disk as the guest sees it, now and while it goes on writing.</summary>
    public DiskContent Current => new Reading(this, null);

    /// <summary>From the base to the file that the guest writes to.</summary>
    public IReadOnlyList<DiskLayer> Layers
    {
        get
        {
            lock (_lock)
            {
                return [.. _layers];
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
                return _layers.Skip(1).Sum(l => l.Writes.Bytes);
            }
        }
    }

    /// <summary>The disk as it was when <paramref name="layer"/> was frozen.</summary>
    public DiskContent At(DiskLayer layer) => new Reading(this, layer);

    public void Write(long offset, long length, ulong seed)
    {
        lock (_lock)
        {
            _layers[^1].Writes.Set(offset, offset + length, seed);
        }
    }

    /// <summary>Puts a new layer on top and gives the one that is frozen by it.</summary>
    public DiskLayer Freeze()
    {
        lock (_lock)
        {
            var frozen = _layers[^1];
            _layers.Add(new DiskLayer(++_lastNumber));
            return frozen;
        }
    }

    /// <summary>Merges every layer that nothing needs any more into the one below it. The base and the frozen layers of snapshots are needed.</summary>
    public void Merge(IReadOnlyCollection<DiskLayer> needed)
    {
        lock (_lock)
        {
            for (var i = _layers.Count - 1; i > 0; i--)
            {
                // The layer above a frozen one is its delta: it can go only when nobody needs the state below it.
                if (!needed.Contains(_layers[i - 1]))
                {
                    _layers[i - 1].Writes.Add(_layers[i].Writes);
                    _layers.RemoveAt(i);
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
            foreach (var (start, stop) in original.Allocated(at, end))
            {
                runs.Set(start, stop);
            }

            lock (_lock)
            {
                foreach (var run in Upto(layer).SelectMany(l => l.Writes.In(at, end)))
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

    private List<DiskLayer> Upto(DiskLayer? layer)
    {
        if (layer is null)
        {
            return _layers;
        }

        var index = _layers.IndexOf(layer);
        return index >= 0 ? _layers[..(index + 1)] : throw new IOException("The snapshot that this was read from has been removed.");
    }

    private sealed class Reading(DiskChain chain, DiskLayer? layer) : DiskContent
    {
        public override async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
        {
            await chain.Original.ReadAsync(offset, buffer, cancellationToken);
            lock (chain._lock)
            {
                foreach (var run in chain.Upto(layer).SelectMany(l => l.Writes.In(offset, offset + buffer.Length)))
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
                foreach (var found in chain.Upto(layer).Select(l => l.Writes.In(offset, long.MaxValue).FirstOrDefault(r => r.Tag != 0)))
                {
                    next = found.Tag == 0 ? next : Math.Min(next ?? long.MaxValue, found.Start);
                }
            }

            return next;
        }

        public override IEnumerable<(long Start, long End)> Allocated(long from, long to) => chain.Allocated(layer, from, to).Select(r => (r.Start, r.End));
    }
}
