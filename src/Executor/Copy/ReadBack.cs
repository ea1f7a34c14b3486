using Migrate.Planner;

namespace Migrate.Executor.Copy;

/// <summary>Reads back what a copy has written and flushed, before its journal vouches for it.</summary>
/// <remarks>
/// Compares by a fast checksum of what the source sent, which is computed of it beside its SHA-256 and forgotten with the checkpoint: what is looked for
/// here is damage, and a second SHA-256 would cost as much as the copy. Reads in pieces that stay in a processor's cache. Zeroes are left to whoever
/// reads back at the end: then a thin destination keeps nothing of them, and they need no reading.
/// </remarks>
internal sealed class ReadBack(IDiskWriter destination, long capacityBytes, CopyOptions options)
{
    private const int PieceBytes = 256 << 10;

    private long _bytes;

    public long Bytes => Volatile.Read(ref _bytes);

    /// <exception cref="MigrateException">copy.hash-mismatch: none of these is journalled then, so a retry writes them again.</exception>
    public Task CheckAsync(IReadOnlyList<WrittenRecord> written, CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(options.ExtentsInFlight / 2, 1), CancellationToken = cancellationToken };
        return Parallel.ForEachAsync(written.Where(w => !w.Record.IsZero), parallel, async (extent, ct) =>
        {
            var (offset, length) = (extent.Record.First * Extent.Size, Extent.LengthOf(extent.Record.First, capacityBytes));
            if (await ChecksumAsync(offset, length, ct) != extent.Check)
            {
                throw new MigrateException("copy.hash-mismatch", $"What was written at byte {offset} reads back differently.",
                    "Check the target's storage and this machine's memory: data was changed between writing and reading. A retry writes it again.");
            }
            Interlocked.Add(ref _bytes, length);
        });
    }

    /// <summary>These are in the journal now, and those with data were read back.</summary>
    public void Journalled(IReadOnlyList<WrittenRecord> written)
    {
        if (options.FoundThere is { } found)
        {
            foreach (var extent in written.Where(w => !w.Record.IsZero))
            {
                found.Add(extent.Record.First);
            }
        }
    }

    private async ValueTask<UInt128> ChecksumAsync(long offset, int length, CancellationToken cancellationToken)
    {
        using var buffer = await options.Pool.RentAsync(cancellationToken);
        var check = XxHash128.Start();
        for (var at = 0; ; at += PieceBytes)
        {
            var piece = buffer.Memory[..Math.Min(PieceBytes, length - at)];
            await destination.ReadAsync(offset + at, piece, cancellationToken);
            if (at + piece.Length == length)
            {
                return check.Finish(piece.Span);
            }
            check.Append(piece.Span);
        }
    }
}
