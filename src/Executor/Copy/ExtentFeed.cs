using System.Buffers;
using Migrate.Executor.Sources;

namespace Migrate.Executor.Copy;

/// <summary>
/// The first half of a copy from a source that gives any range: many reads at once in ascending order, each straight into the buffers that
/// the second half hashes and sends. What the map knows to be zero is never read.
/// </summary>
internal sealed class ExtentFeed(IRangeReader source, CopyStages stages) : IDisposable
{
    private readonly SemaphoreSlim _places = new(Math.Max(source.ParallelReads, 1));
    private long _bytesRead;

    /// <summary>Extents whose reads the source serves well at once.</summary>
    public static int ExtentsAtOnce(IRangeReader source) => Math.Max(source.ParallelReads, 1) * Math.Max(source.ExtentsPerRead, 1);

    public long BytesRead => Volatile.Read(ref _bytesRead);

    /// <summary>Reads what is wanted and gives it to the sink. Reads may still be under way when this ends: the sink waits for them.</summary>
    public async Task RunAsync(Func<long, bool> isWanted, ExtentSink sink, CancellationToken cancellationToken)
    {
        await foreach (var plan in new ExtentPlanner(source).PlanAsync(isWanted, cancellationToken))
        {
            if (plan.IsZero)
            {
                await sink.TakeAsync(new ExtentRun(plan.First, plan.Count, null));
                continue;
            }
            for (var (at, end) = (plan.First, plan.First + plan.Count); at < end;)
            {
                var (first, count) = (at, (int)Math.Min(end - at, Math.Max(source.ExtentsPerRead, 1)));
                foreach (var bytes in plan.Parts?.Select(p => p.Length) ?? [Math.Min(count * (long)Extent.Size, source.CapacityBytes - (first * Extent.Size))])
                {
                    await sink.PermitAsync(bytes); // Each part is a read of its own.
                }

                await PlaceAsync(cancellationToken);
                var handedOver = false;
                try
                {
                    await sink.TakeAsync(first, count, buffers => FillAsync(first, buffers, plan.Parts, cancellationToken));
                    handedOver = true;
                }
                finally
                {
                    if (!handedOver)
                    {
                        _places.Release();
                    }
                }
                at += count;
            }
        }
    }

    public void Dispose() => _places.Dispose();

    private async ValueTask PlaceAsync(CancellationToken cancellationToken)
    {
        stages.WaitForRead.Enter();
        try
        {
            await _places.WaitAsync(cancellationToken);
        }
        finally
        {
            stages.WaitForRead.Leave();
        }
    }

    private async Task FillAsync(long first, IMemoryOwner<byte>[] buffers, IReadOnlyList<DiskRange>? parts, CancellationToken cancellationToken)
    {
        long read = 0;
        stages.Read.Enter();
        try
        {
            var memory = buffers.Select((b, i) => b.Memory[..Extent.LengthOf(first + i, source.CapacityBytes)]).ToArray();
            if (parts is null)
            {
                await source.ReadRangeAsync(first * Extent.Size, memory, cancellationToken);
                read = memory.Sum(m => (long)m.Length);
            }
            else
            {
                memory[0].Span.Clear();
                foreach (var part in parts)
                {
                    await source.ReadRangeAsync(part.Offset, memory[0].Slice((int)(part.Offset - (first * Extent.Size)), (int)part.Length), cancellationToken);
                    read += part.Length;
                }
            }
            Interlocked.Add(ref _bytesRead, read);
        }
        finally
        {
            stages.Read.Leave(read);
            _places.Release();
        }
    }
}
