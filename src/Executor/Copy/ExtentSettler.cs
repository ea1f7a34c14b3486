using System.Security.Cryptography;
using Migrate.Planner;

namespace Migrate.Executor.Copy;

/// <summary>Makes the destination's extents what the source's are, and knows their hashes. Many at once.</summary>
internal sealed class ExtentSettler(
    IDiskWriter destination, CopyJournal journal, KnownExtents known, bool zeroesAreThere, StrikeOuts strikeOuts, Checkpoints checkpoints, bool isReadBack, ProgressMeter meter, CopyStages stages)
{
    private long _bytesWritten;
    private long _bytesZero;

    public long BytesWritten => Volatile.Read(ref _bytesWritten);

    public long BytesZero => Volatile.Read(ref _bytesZero);

    /// <summary>What there is to do about an extent that is zero at the source.</summary>
    public ZeroState ZeroStateOf(long index) => !journal.Hashes.IsKnown(index) ? (zeroesAreThere ? ZeroState.IsThere : ZeroState.Unknown)
        : journal.Hashes.IsZero(index) ? ZeroState.IsKnown
        : known == KnownExtents.MustMatch ? throw Changed(index)
        : ZeroState.HoldsData;

    /// <summary>Zeroes that need no writing.</summary>
    public void SettleThere(ExtentRun run, ZeroState state)
    {
        if (state == ZeroState.IsKnown)
        {
            Settled(BytesOf(run));
        }
        else
        {
            Done(new JournalRecord(run.First, (uint)run.Count, default), BytesOf(run), 0);
        }
    }

    public async Task WriteZeroesAsync(ExtentRun run, ZeroState state, CancellationToken cancellationToken)
    {
        if (state == ZeroState.HoldsData)
        {
            await strikeOuts.AddAsync(run.First, run.Count, cancellationToken);
        }
        stages.Write.Enter();
        try
        {
            await destination.WriteZeroesAsync(run.First * Extent.Size, BytesOf(run), cancellationToken);
        }
        finally
        {
            stages.Write.Leave();
        }
        Done(new JournalRecord(run.First, (uint)run.Count, default), BytesOf(run), 0);
    }

    public async Task SettleAsync(long index, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var extent = buffer[..Extent.LengthOf(index, journal.CapacityBytes)];
        var isKnown = journal.Hashes.IsKnown(index);
        stages.Hash.Enter();
        List<Range> runs;
        UInt128 check = default;
        ReadOnlyMemory<byte> hash = default;
        try
        {
            runs = NonZeroRuns.In(extent.Span);
            // Here the extent is still in the processor's cache.
            check = isReadBack && runs.Count > 0 ? XxHash128.Hash(extent.Span) : default;
            hash = runs.Count == 0 ? default(ReadOnlyMemory<byte>) : await ExtentHasher.Worker.HashAsync(extent);
            if (isKnown && IsAsJournalled(index, hash.Span))
            {
                Settled(extent.Length);
                return;
            }
        }
        finally
        {
            stages.Hash.Leave(extent.Length);
        }
        if (isKnown)
        {
            await (known == KnownExtents.Replace ? strikeOuts.AddAsync(index, 1, cancellationToken) : throw Changed(index));
        }
        if (runs.Count == 0 && zeroesAreThere && !isKnown)
        {
            Done(new JournalRecord(index, 1, default), extent.Length, 0);
            return;
        }
        stages.Write.Enter();
        long sent = 0;
        try
        {
            (var writes, sent) = StartWrites(index * Extent.Size, extent, runs, withoutZeroes: zeroesAreThere && !isKnown, cancellationToken);
            await Task.WhenAll(writes);
        }
        finally
        {
            stages.Write.Leave(sent);
        }
        Done(new JournalRecord(index, 1, hash), extent.Length, sent, check);
    }

    private (List<Task> Writes, long Sent) StartWrites(long offset, Memory<byte> extent, List<Range> runs, bool withoutZeroes, CancellationToken cancellationToken)
    {
        var writes = new List<Task>((2 * runs.Count) + 1);
        long sent = 0;
        var at = 0;
        foreach (var run in runs)
        {
            var (start, end) = (run.Start.Value, run.End.Value);
            Zero(at, start);
            writes.Add(Write(start, end));
            sent += end - start;
            at = end;
        }
        Zero(at, extent.Length);
        return (writes, sent);

        // Asynchronous all the way: an exception thrown at once must not leave the writes before it without anybody waiting for them.
        async Task Write(int from, int to) => await destination.WriteAsync(offset + from, extent[from..to], cancellationToken);
        async Task WriteZeroes(int from, int to) => await destination.WriteZeroesAsync(offset + from, to - from, cancellationToken);

        void Zero(int from, int to)
        {
            if (to > from && !withoutZeroes)
            {
                writes.Add(WriteZeroes(from, to));
            }
        }
    }

    /// <param name="index">A known extent.</param>
    /// <param name="hash">Of what the source has; empty when that is zero.</param>
    private bool IsAsJournalled(long index, ReadOnlySpan<byte> hash)
    {
        if (hash.IsEmpty || journal.Hashes.IsZero(index))
        {
            return hash.IsEmpty && journal.Hashes.IsZero(index);
        }
        Span<byte> journalled = stackalloc byte[SHA256.HashSizeInBytes];
        journal.Hashes.CopyHash(index, journalled);
        return hash.SequenceEqual(journalled);
    }

    /// <summary>The destination has it already. An earlier attempt's bytes are counted from the beginning, a pass's only now.</summary>
    private void Settled(long bytes)
    {
        if (known == KnownExtents.Replace)
        {
            meter.Add(bytes);
        }
    }

    private void Done(JournalRecord record, long bytes, long sent, UInt128 check = default)
    {
        Interlocked.Add(ref _bytesWritten, sent);
        Interlocked.Add(ref _bytesZero, bytes - sent);
        checkpoints.Add(record, sent, check);
        meter.Add(bytes);
    }

    private long BytesOf(ExtentRun run) => Math.Min(run.Count * Extent.Size, journal.CapacityBytes - (run.First * Extent.Size));

    private static MigrateException Changed(long index) => new("source.changed",
        $"The source disk changed since an earlier attempt copied it: the extent at byte {index * Extent.Size} has another content now.",
        "See that the VM stays powered off, delete the namespace with its journal and copy the disk from the start.");
}

/// <summary>What is known at the destination of an extent that is zero at the source.</summary>
internal enum ZeroState
{
    /// <summary>Nothing: zeroes have to be written.</summary>
    Unknown,

    /// <summary>The journal has it as zero.</summary>
    IsKnown,

    /// <summary>It was never written.</summary>
    IsThere,

    /// <summary>The journal has it with data, which is to be replaced.</summary>
    HoldsData,
}
