using System.Security.Cryptography;
using Migrate.Executor.Sources;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Executor.Copy;

/// <summary>
/// Copies one pass of a disk: what its basis names, and nothing that the journal's hashes say is there already. Before that it reads a random
/// sample of what the source calls unchanged; one difference, and the whole disk is compared instead.
/// </summary>
/// <remarks>
/// The journal stays true over a crash at any moment: what is about to be overwritten is first struck out of it, durably, then written,
/// flushed and journalled with its new hash. A pass that broke off is made again from the same change ids; what was struck out is read anew.
/// </remarks>
public sealed class ChangeCopy
{
    private readonly IRangeReader _source;
    private readonly CopyJournal _journal;
    private readonly ChangeCopyOptions _options;
    private readonly CopyStages _stages;
    private long _bytesTested;

    private ChangeCopy(IRangeReader source, CopyJournal journal, ChangeCopyOptions options, CopyStages stages) =>
        (_source, _journal, _options, _stages) = (source, journal, options, stages);

    /// <param name="source">The disk, frozen for the pass.</param>
    /// <param name="destination">Where the passes before went.</param>
    /// <param name="journal">Of this destination; complete after every pass that came to its end.</param>
    /// <param name="basis">As the tracker's pass decided.</param>
    /// <param name="areas">What it names; not asked for when everything is read.</param>
    /// <param name="options">Self-test and state of the destination.</param>
    /// <param name="progress">In bytes of the disk that are settled.</param>
    /// <param name="time">For rates.</param>
    /// <param name="cancellationToken">What is journalled then is kept.</param>
    public static async Task<ChangeCopyResult> RunAsync(IRangeReader source, IDiskWriter destination, CopyJournal journal, PassBasis basis, IAsyncEnumerable<ChangedArea> areas,
        ChangeCopyOptions options, IProgress<CopyProgress>? progress, TimeProvider time, CancellationToken cancellationToken)
    {
        DiskCopy.Check(source, destination, journal);
        var started = time.GetTimestamp();
        var stages = new CopyStages(time);
        var copy = new ChangeCopy(source, journal, options, stages);
        var (wanted, isNamed) = await WantedExtents.OfAsync(journal, basis, areas, options.StaleAreas, cancellationToken);
        var named = wanted.Count;
        SelfTestResult? test = null;
        if (basis != PassBasis.Everything && options.SelfTest.SampleSize > 0)
        {
            test = await copy.TestAsync(wanted, cancellationToken);
            if (!test.Passed)
            {
                wanted.AddAll();
                isNamed = false;
            }
        }
        if (!isNamed && options.GoesBeyond is { } goesBeyond)
        {
            await goesBeyond(cancellationToken);
        }
        var monitor = new CopyMonitor(stages, source, destination, time, options.Engine.Throttle);
        using var meter = new ProgressMeter(journal.CapacityBytes, progress, time) { StallAfter = options.Engine.StallAfter, Monitor = monitor };
        meter.StartAt(Math.Max(0, journal.CapacityBytes - copy.BytesLeft(wanted)));
        using var feed = new ExtentFeed(source, stages);
        var engine = options.Engine with { DestinationIsZero = options.DestinationIsZero };
        await using var sink = new ExtentSink(destination, journal, engine, KnownExtents.Replace, ExtentFeed.ExtentsAtOnce(source), meter, stages, time, cancellationToken);
        meter.Amounts = () => (feed.BytesRead, sink.BytesZero, sink.BytesWritten);
        try
        {
            await copy.SettleZeroesAsync(wanted, sink);
            await feed.RunAsync(wanted.Contains, sink, sink.Stopping);
            await sink.CompleteAsync();
        }
        catch
        {
            var cause = sink.Failure;
            await sink.SaveAsync();
            meter.Finish(); // What it has moved is moved.
            cancellationToken.ThrowIfCancellationRequested();
            cause?.Throw();
            throw;
        }
        meter.Finish();
        return new ChangeCopyResult(DiskHash.Of(journal.Hashes), named, feed.BytesRead + copy._bytesTested, sink.BytesWritten, test, time.GetElapsedTime(started)) { Bottleneck = monitor.Overall(), BytesReadBack = sink.BytesReadBack, BytesZero = sink.BytesZero, Wanted = wanted };
    }

    private async Task<SelfTestResult> TestAsync(ExtentSet wanted, CancellationToken cancellationToken)
    {
        var size = _options.SelfTest.SampleSize;
        var (data, ofData) = SelfTestSample.Draw(wanted, HoldsData, size, _options.Random);
        var (zeroes, ofZeroes) = SelfTestSample.Draw(wanted, index => !HoldsData(index), size, _options.Random);
        var wrong = new List<long>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = ExtentFeed.ExtentsAtOnce(_source), CancellationToken = cancellationToken };
        await Parallel.ForEachAsync<long>([.. ofData, .. ofZeroes], parallel, async (index, ct) =>
        {
            await _options.Engine.Throttle.TakeAsync(Extent.LengthOf(index, _journal.CapacityBytes), ct);
            using var buffer = await _options.Engine.Pool.RentAsync(ct);
            var extent = buffer.Memory[..Extent.LengthOf(index, _journal.CapacityBytes)];
            await _source.ReadRangeAsync(index * Extent.Size, extent, ct);
            Interlocked.Add(ref _bytesTested, extent.Length);
            if (!IsAsJournalled(index, extent.Span))
            {
                lock (wrong)
                {
                    wrong.Add(index * Extent.Size);
                }
            }
        });
        wrong.Sort();
        return new SelfTestResult(data, zeroes, wrong);

        bool HoldsData(long index) => _journal.Hashes.IsKnown(index) && !_journal.Hashes.IsZero(index);
    }

    /// <summary>What is neither wanted nor known is zero at the source, and becomes so at the destination.</summary>
    private async Task SettleZeroesAsync(ExtentSet wanted, ExtentSink sink)
    {
        for (var index = 0L; index < wanted.Extents; index++)
        {
            var first = index;
            while (index < wanted.Extents && !wanted.Contains(index) && !_journal.Hashes.IsKnown(index))
            {
                index++;
            }
            if (index > first)
            {
                await sink.TakeAsync(new ExtentRun(first, index - first, null));
            }
        }
    }

    private long BytesLeft(ExtentSet wanted)
    {
        var bytes = 0L;
        for (var index = 0L; index < wanted.Extents; index++)
        {
            bytes += wanted.Contains(index) || !_journal.Hashes.IsKnown(index) ? Extent.LengthOf(index, _journal.CapacityBytes) : 0;
        }
        return bytes;
    }

    /// <summary>What nothing is known of has to be zero.</summary>
    private bool IsAsJournalled(long index, ReadOnlySpan<byte> extent)
    {
        if (!_journal.Hashes.IsKnown(index) || _journal.Hashes.IsZero(index))
        {
            return NonZeroRuns.IsZero(extent);
        }
        Span<byte> journalled = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> now = stackalloc byte[SHA256.HashSizeInBytes];
        _journal.Hashes.CopyHash(index, journalled);
        SHA256.HashData(extent, now);
        return now.SequenceEqual(journalled);
    }
}

public sealed record ChangeCopyOptions
{
    public SelfTestOptions SelfTest { get; init; } = new();

    /// <summary>As in <see cref="CopyOptions.DestinationIsZero"/>.</summary>
    public bool DestinationIsZero { get; init; }

    /// <summary>How much at once, how often made safe; its <see cref="CopyOptions.DestinationIsZero"/> does not count here.</summary>
    public CopyOptions Engine { get; init; } = new();

    /// <summary>
    /// For a pass that does not ask for changes since the last one: what of the journal's may be out of date, since it was copied by attempts that broke off.
    /// Null: all of it may be.
    /// </summary>
    public IAsyncEnumerable<ChangedArea>? StaleAreas { get; init; }

    /// <summary>Called before anything is written when the pass may write more than what the source named as changed.</summary>
    public Func<CancellationToken, Task>? GoesBeyond { get; init; }

    /// <summary>Draws the samples; tests give it a seed.</summary>
    public Random Random { get; init; } = Random.Shared;
}

/// <summary>What a pass did to a disk.</summary>
/// <param name="SourceHash">Copy.DiskHash of the whole disk as it was frozen, lower-case hex.</param>
/// <param name="NamedExtents">Extents that the source named, or that were not known at the destination.</param>
/// <param name="BytesRead">Read from the source, the self-test's included.</param>
/// <param name="BytesWritten">Data sent to the destination.</param>
/// <param name="SelfTest">Null when everything was read anyway.</param>
/// <param name="Elapsed">Time taken.</param>
public sealed record ChangeCopyResult(string SourceHash, long NamedExtents, long BytesRead, long BytesWritten, SelfTestResult? SelfTest, TimeSpan Elapsed)
{
    /// <inheritdoc cref="CopyResult.BytesReadBack"/>
    public long BytesReadBack { get; init; }

    /// <inheritdoc cref="CopyResult.BytesZero"/>
    public long BytesZero { get; init; }

    /// <summary>What was read, and with it all that earlier attempts from the same change id may have written.</summary>
    internal ExtentSet? Wanted { get; init; }

    /// <inheritdoc cref="CopyResult.Bottleneck"/>
    public CopyBottleneck? Bottleneck { get; init; }
}
