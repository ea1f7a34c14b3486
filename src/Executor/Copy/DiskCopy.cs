using Migrate.Executor.Sources;
using Migrate.Planner;
using Migrate.Target.Host;

namespace Migrate.Executor.Copy;

/// <summary>Copies a disk from a reader to a destination, journalled, so that a broken copy goes on where it was safe.</summary>
public static class DiskCopy
{
    /// <summary>
    /// Reads, hashes and writes until every extent is in the journal. A reader of ranges reads what is missing there, many ranges at once, and
    /// nothing that its map knows to be zero; one that can start anywhere starts at the journal's first gap; another one sends the disk again.
    /// An extent that comes though it is already safe is not written again but must still have the hash that the journal has, or the source
    /// has changed in between (<c>source.changed</c>).
    /// Cancelled or failed, it first waits for its writes and journals what a flush made safe, so that a retry loses little.
    /// </summary>
    public static async Task<CopyResult> RunAsync(IDiskReader reader, IDiskWriter destination, CopyJournal journal, CopyOptions options,
        IProgress<CopyProgress>? progress, TimeProvider time, CancellationToken cancellationToken)
    {
        Check(reader, destination, journal);
        var started = time.GetTimestamp();
        var stages = new CopyStages(time);
        var monitor = new CopyMonitor(stages, reader, destination, time, options.Throttle);
        using var meter = new ProgressMeter(journal.CapacityBytes, progress, time) { StallAfter = options.StallAfter, Monitor = monitor };
        meter.StartAt(journal.DurableBytes);
        var ranges = reader as IRangeReader;
        using var feed = ranges is null ? null : new ExtentFeed(ranges, stages);
        // The assembler's own buffers: they are out only while they are gathered or written, so they cannot starve the reader's.
        using var gathering = new ExtentPool(options.ExtentsInFlight + 1);
        long ordered = 0;

        await using var sink = new ExtentSink(destination, journal, options, KnownExtents.MustMatch, ranges is null ? 0 : ExtentFeed.ExtentsAtOnce(ranges), meter, stages, time, cancellationToken);
        meter.Amounts = () => (feed?.BytesRead ?? stages.Read.Totals().Bytes, sink.BytesZero, sink.BytesWritten);
        try
        {
            if (feed is not null)
            {
                await feed.RunAsync(index => !journal.Hashes.IsKnown(index), sink, sink.Stopping);
            }
            else if (!journal.IsComplete)
            {
                ordered = await ReadInOrderAsync(reader, journal, gathering, sink, stages);
            }
            await sink.CompleteAsync();
        }
        catch
        {
            // A failed write stops the reading, which then only says that it was cancelled: the cause is the sink's.
            var cause = sink.Failure;
            await sink.SaveAsync();
            meter.Finish(); // What it has moved is moved.
            cancellationToken.ThrowIfCancellationRequested();
            cause?.Throw();
            throw;
        }
        meter.Finish();
        return new CopyResult(DiskHash.Of(journal.Hashes), feed?.BytesRead ?? ordered, sink.BytesWritten, sink.BytesZero, time.GetElapsedTime(started)) { Bottleneck = monitor.Overall(), BytesReadBack = sink.BytesReadBack };
    }

    /// <inheritdoc cref="RunAsync(IDiskReader, IDiskWriter, CopyJournal, CopyOptions, IProgress{CopyProgress}?, TimeProvider, CancellationToken)"/>
    public static Task<CopyResult> RunAsync(IDiskReader reader, NvmeDisk destination, CopyJournal journal, CopyOptions options,
        IProgress<CopyProgress>? progress, TimeProvider time, CancellationToken cancellationToken)
        => RunAsync(reader, new NvmeDiskWriter(destination), journal, options, progress, time, cancellationToken);

    /// <summary>The bytes of data that came. The reader's own pool bounds its memory.</summary>
    private static async Task<long> ReadInOrderAsync(IDiskReader reader, CopyJournal journal, ExtentPool pool, ExtentSink sink, CopyStages stages)
    {
        var from = reader.CanStartAnywhere ? Math.Min(journal.Hashes.FirstGap() * Extent.Size, journal.CapacityBytes) : 0;
        var assembled = new ExtentAssembler(journal.CapacityBytes, pool).AssembleAsync(reader.ReadAsync(from, sink.Stopping), from, sink.Stopping);
        await using var runs = assembled.GetAsyncEnumerator(sink.Stopping);
        long read = 0;
        while (await NextAsync())
        {
            if (runs.Current.Memory is not null)
            {
                // Paid for when it has come: the next is not asked for before.
                await PermitAsync(runs.Current);
            }
            await sink.TakeAsync(runs.Current);
        }
        return read;

        async ValueTask PermitAsync(ExtentRun run)
        {
            try
            {
                await sink.PermitAsync(Extent.LengthOf(run.First, journal.CapacityBytes));
            }
            catch
            {
                run.Memory!.Dispose();
                throw;
            }
        }

        async ValueTask<bool> NextAsync()
        {
            var before = read;
            stages.WaitForRead.Enter();
            stages.Read.Enter();
            try
            {
                var more = await runs.MoveNextAsync();
                read += more && runs.Current.Memory is not null ? Extent.LengthOf(runs.Current.First, journal.CapacityBytes) : 0;
                return more;
            }
            finally
            {
                stages.WaitForRead.Leave();
                stages.Read.Leave(read - before);
            }
        }
    }

    internal static void Check(IDiskReader reader, IDiskWriter destination, CopyJournal journal)
    {
        if (reader.CapacityBytes != journal.CapacityBytes)
        {
            throw new MigrateException("source.size-changed", $"The source disk now has {reader.CapacityBytes} bytes; the plan was made for {journal.CapacityBytes}.",
                "Sync the inventory and make the plan again; the namespace made for the old size has to be deleted with its journal.");
        }
        if (destination.CapacityBytes != journal.CapacityBytes || journal.CapacityBytes % destination.BlockSize != 0)
        {
            throw new MigrateException("target.capacity-mismatch",
                $"The destination has {destination.CapacityBytes} bytes in blocks of {destination.BlockSize}; the disk has {journal.CapacityBytes}.",
                "Delete the namespace and its journal and let it be created for this disk.");
        }
    }
}
