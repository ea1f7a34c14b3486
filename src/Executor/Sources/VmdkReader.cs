using System.Runtime.CompilerServices;
using Migrate.Executor.Copy;
using Migrate.Executor.Sources.Vmdk;

namespace Migrate.Executor.Sources;

/// <summary>What may be opened for a VMDK of this machine.</summary>
public sealed record VmdkReaderOptions
{
    /// <summary>Where the VMDK begins in the file: more than 0 for one inside an OVA, which is a tar.</summary>
    public long Offset { get; init; }

    /// <summary>Bytes of the VMDK in the file; null up to its end.</summary>
    public long? Length { get; init; }

    /// <summary>Directories besides the descriptor's own in which its extents and parents may lie.</summary>
    public IReadOnlyList<string> AllowedDirectories { get; init; } = [];
}

/// <summary>
/// Reads a VMDK of this machine of any sub-format, with its parents: monolithic or split, sparse or flat, stream-optimized, and ESXi's flat,
/// VMFS sparse and seSparse files. What no file of the chain stores is known to be zero.
/// </summary>
public sealed class VmdkReader : IRangeReader, IDisposable
{
    /// <summary>vSphere allows 32 snapshots in a chain.</summary>
    private const int LongestChain = 64;

    private readonly VmdkLayer[] _layers;
    private readonly ExtentPool _pool;

    private VmdkReader(VmdkLayer[] layers)
    {
        _layers = layers;
        _pool = OrderedReads.PoolFor(ParallelReads);
    }

    public string Kind => "local-vmdk";

    public long CapacityBytes => _layers[0].Length;

    public bool CanStartAnywhere => true;

    public int ParallelReads => 8;

    /// <summary>Every file that was opened for it, with the paths that were used.</summary>
    public IReadOnlyList<string> Files => [.. _layers.SelectMany(l => l.Files)];

    /// <exception cref="Planner.MigrateException">source.vmdk-corrupt, -truncated, -unsupported, -file-missing, -outside, -parent-loop, -parent-changed; source.disk-unreadable.</exception>
    public static VmdkReader Open(string path, VmdkReaderOptions? options = null)
    {
        options ??= new VmdkReaderOptions();
        var paths = new VmdkPaths(options.AllowedDirectories);
        var layers = new List<VmdkLayer>();
        try
        {
            layers.Add(VmdkLayer.Open(path, options.Offset, options.Length, paths));
            var seen = new HashSet<string>(StringComparer.Ordinal) { VmdkPaths.Real(path) };
            while (layers[^1] is { Descriptor.ParentContentId: { } parentId } child)
            {
                var hint = child.Descriptor.ParentHint ?? throw VmdkFileFault.Corrupt(child.Path, "it has a parent and does not say which");
                var parentPath = paths.ResolveParent(hint, child.Path);
                if (!seen.Add(parentPath) || layers.Count >= LongestChain)
                {
                    throw VmdkFileFault.ParentLoop(path);
                }
                if (!File.Exists(parentPath))
                {
                    throw VmdkFileFault.Missing(parentPath, child.Path);
                }
                layers.Add(VmdkLayer.Open(parentPath, 0, null, paths));
                if (layers[^1].Descriptor.ContentId != parentId)
                {
                    throw VmdkFileFault.ParentChanged(parentPath, child.Path);
                }
            }
            return new VmdkReader([.. layers]);
        }
        catch
        {
            layers.ForEach(l => l.Dispose());
            throw;
        }
    }

    public IAsyncEnumerable<DiskChunk> ReadAsync(long fromOffset, CancellationToken cancellationToken) => OrderedReads.ReadAsync(this, _pool, fromOffset, cancellationToken);

    public async ValueTask ReadRangeAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (offset < 0 || offset > CapacityBytes - buffer.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), $"{buffer.Length} bytes at {offset} leave the disk's {CapacityBytes}");
        }
        while (buffer.Length > 0)
        {
            var (layer, kind, length) = Find(offset, buffer.Length);
            var part = buffer[..(int)length];
            if (kind == RangeKind.Data)
            {
                await layer!.ReadAsync(offset, part, cancellationToken);
            }
            else
            {
                part.Span.Clear();
            }
            (buffer, offset) = (buffer[part.Length..], offset + part.Length);
        }
    }

    public async IAsyncEnumerable<DiskRange> MapAsync(long offset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        DiskRange? run = null;
        for (var (at, end) = (offset, offset + length); at < end;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (_, kind, found) = Find(at, end - at);
            if (run is { } before && before.Kind == kind)
            {
                run = before with { Length = before.Length + found };
            }
            else
            {
                if (run is { } done)
                {
                    yield return done;
                }
                run = new DiskRange(at, found, kind);
            }
            at += found;
        }
        if (run is { } last)
        {
            yield return last;
        }
    }

    public void Dispose()
    {
        foreach (var layer in _layers)
        {
            layer.Dispose();
        }
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Which layer has the bytes at <paramref name="offset"/>, and for how long that answer holds.</summary>
    private (VmdkLayer? Layer, RangeKind Kind, long Length) Find(long offset, long length)
    {
        foreach (var layer in _layers)
        {
            // A parent may be shorter than a disk that grew after the snapshot.
            if (offset >= layer.Length)
            {
                continue;
            }
            var place = layer.Look(offset, Math.Min(length, layer.Length - offset));
            length = place.Length;
            if (place.Kind != VmdkPlaceKind.Absent)
            {
                return (layer, place.Kind == VmdkPlaceKind.Data ? RangeKind.Data : RangeKind.Zero, length);
            }
        }
        return (null, RangeKind.Hole, length);
    }
}
