using System.Security.Cryptography;
using Migrate.Planner;

namespace Migrate.Executor.Copy;

/// <summary>Reads back what a copy has written and flushed, before its journal vouches for it.</summary>
internal sealed class ReadBack(IDiskWriter destination, long capacityBytes, CopyOptions options)
{
    private long _bytes;

    public long Bytes => Volatile.Read(ref _bytes);

    /// <exception cref="MigrateException">copy.hash-mismatch: none of these is journalled then, so a retry writes them again.</exception>
    public Task CheckAsync(IEnumerable<JournalRecord> written, CancellationToken cancellationToken)
    {
        var extents = written.SelectMany(record => Enumerable.Range(0, (int)record.Count).Select(i => (Index: record.First + i, record.Hash)));
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(options.ExtentsInFlight / 2, 1), CancellationToken = cancellationToken };
        return Parallel.ForEachAsync(extents, parallel, async (extent, ct) =>
        {
            using var buffer = await options.Pool.RentAsync(ct);
            var memory = buffer.Memory[..Extent.LengthOf(extent.Index, capacityBytes)];
            await destination.ReadAsync(extent.Index * Extent.Size, memory, ct);
            if (extent.Hash.IsEmpty ? !NonZeroRuns.IsZero(memory.Span) : !SHA256.HashData(memory.Span).AsSpan().SequenceEqual(extent.Hash.Span))
            {
                throw new MigrateException("copy.hash-mismatch", $"What was written at byte {extent.Index * Extent.Size} reads back differently.",
                    "Check the target's storage and this machine's memory: data was changed between writing and reading. A retry writes it again.");
            }
            Interlocked.Add(ref _bytes, memory.Length);
        });
    }
}
