using System.Buffers;
using System.Runtime.CompilerServices;
using Migrate.Executor.Sources;
using Migrate.Planner;

namespace Migrate.Executor.Copy;

/// <summary>Either one extent with its bytes, or a run of extents that are zero as a whole. Owned by whoever received it.</summary>
internal readonly record struct ExtentRun(long First, long Count, IMemoryOwner<byte>? Memory);

/// <summary>
/// Makes whole extents of a reader's chunks. A chunk that is an extent passes through as it is; smaller ones are gathered. Refuses a reader
/// that leaves gaps, goes back or stops early: such bytes must never look copied.
/// </summary>
internal sealed class ExtentAssembler(long capacityBytes, ExtentPool pool)
{
    private long _position;
    private IMemoryOwner<byte>? _partial;

    public async IAsyncEnumerable<ExtentRun> AssembleAsync(IAsyncEnumerable<DiskChunk> chunks, long fromOffset, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _position = fromOffset;
        try
        {
            await foreach (var chunk in chunks.WithCancellation(cancellationToken))
            {
                Check(chunk);
                if (chunk.IsZero)
                {
                    for (var left = chunk.Length; left > 0;)
                    {
                        var (run, used) = await TakeZeroesAsync(left, cancellationToken);
                        left -= used;
                        if (run is { } whole)
                        {
                            yield return whole;
                        }
                    }
                }
                else if (chunk.Offset % Extent.Size == 0 && chunk.Length == Extent.LengthOf(chunk.Offset / Extent.Size, capacityBytes))
                {
                    _position += chunk.Length;
                    yield return new ExtentRun(chunk.Offset / Extent.Size, 1, chunk.Memory);
                }
                else if (await TakeDataAsync(chunk, cancellationToken) is { } whole)
                {
                    yield return whole;
                }
            }
            if (_position != capacityBytes)
            {
                throw new MigrateException("source.stream-truncated", $"The source ended at byte {_position} of {capacityBytes}.", "Retry: the copy goes on from its journal.") { IsTransient = true };
            }
        }
        finally
        {
            _partial?.Dispose();
            _partial = null;
        }
    }

    private void Check(DiskChunk chunk)
    {
        var crosses = !chunk.IsZero && (chunk.Offset % Extent.Size) + chunk.Length > Extent.Size;
        if (chunk.Offset != _position || chunk.Length <= 0 || chunk.Length > capacityBytes - _position || crosses)
        {
            chunk.Dispose();
            throw new MigrateException("source.out-of-order", $"The source gave {chunk.Length} bytes at {chunk.Offset} where those at {_position} of {capacityBytes} were due.",
                "Copy the disk with another reader and report this one.");
        }
    }

    private async ValueTask<(ExtentRun?, long)> TakeZeroesAsync(long length, CancellationToken cancellationToken)
    {
        var index = _position / Extent.Size;
        if (_partial is null && _position % Extent.Size == 0)
        {
            // Whole zero extents, the disk's short last one included.
            var toEnd = _position + length == capacityBytes;
            var count = toEnd ? Extent.CountFor(capacityBytes) - index : length / Extent.Size;
            if (count > 0)
            {
                var used = toEnd ? length : count * Extent.Size;
                _position += used;
                return (new ExtentRun(index, count, null), used);
            }
        }
        var partial = _partial ??= await pool.RentAsync(cancellationToken);
        var within = (int)(_position % Extent.Size);
        var part = (int)Math.Min(length, Extent.Size - within);
        partial.Memory.Span.Slice(within, part).Clear();
        return (Advance(index, part), part);
    }

    private async ValueTask<ExtentRun?> TakeDataAsync(DiskChunk chunk, CancellationToken cancellationToken)
    {
        using (chunk)
        {
            var partial = _partial ??= await pool.RentAsync(cancellationToken);
            chunk.Memory!.Memory.Span[..(int)chunk.Length].CopyTo(partial.Memory.Span[(int)(_position % Extent.Size)..]);
            return Advance(_position / Extent.Size, (int)chunk.Length);
        }
    }

    private ExtentRun? Advance(long index, int part)
    {
        _position += part;
        if (_position % Extent.Size != 0 && _position != capacityBytes)
        {
            return null;
        }
        var run = new ExtentRun(index, 1, _partial);
        _partial = null;
        return run;
    }
}
