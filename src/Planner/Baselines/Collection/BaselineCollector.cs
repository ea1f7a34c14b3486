using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Migrate.Planner.Baselines.Series;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere;

namespace Migrate.Planner.Baselines.Collection;

/// <summary>What one poll of a source came to.</summary>
/// <param name="Calls">Calls to the source's API, login and logout included.</param>
public sealed record CollectionRound(int Vms, int Calls, int NewSamples, int Gaps, IReadOnlyList<string> Problems);

/// <summary>
/// Polls the realtime counters of all VMs of a source that are watched. Servers keep an hour of them, so nothing is lost as long as
/// less than that lies between two polls; each VM goes on at its own watermark, which is saved together with its samples.
/// </summary>
public sealed partial class BaselineCollector(IDbContextFactory<MigrateDb> factory, TimeProvider time, ILogger<BaselineCollector> logger)
{
    /// <summary>What is asked for again before the watermark: servers fill in late what a busy host sent late.</summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromMinutes(2);

    /// <summary>Bounds memory and transactions, whatever the estate's size.</summary>
    internal const int VmsPerBatch = 100;

    /// <summary>
    /// Batches that are read beside one another, while the database stores what came before: a poll of a large estate is mostly waiting. Half
    /// of the calls that may be under way at a server, so that a run or a synchronisation beside it gets its share.
    /// </summary>
    internal const int BatchesAtOnce = 4;

    /// <summary>RetrieveServiceContent, Login, CurrentTime, perfCounter, QueryOptions, QueryEvents and Logout.</summary>
    internal const int FixedCalls = 7;

    /// <summary>Polls every VM of the source that is watched once.</summary>
    public async Task<CollectionRound> CollectAsync(Guid sourceId, VSphereSession session, CancellationToken cancellationToken)
    {
        await using var db = await factory.CreateDbContextAsync(cancellationToken);
        // Who was polled longest ago comes first: a poll that is cut off would else always starve the same VMs.
        var watches = await db.BaselineWatches.Where(w => w.SourceId == sourceId && w.StoppedAt == null)
            .OrderBy(w => w.PolledAt != null).ThenBy(w => w.PolledAt).ThenBy(w => w.VmKey).ToListAsync(cancellationToken);
        if (watches.Count == 0)
        {
            return new CollectionRound(0, 0, 0, 0, []);
        }

        var clock = await session.ReadClockAsync(cancellationToken);
        var skew = (clock - time.GetUtcNow().UtcDateTime).TotalSeconds;
        var (calls, samples, gaps) = (FixedCalls, 0, 0);
        var problems = new List<string>();
        await foreach (var (batch, reading) in ReadAsync(watches, session, cancellationToken))
        {
            calls += reading.Calls;
            await SampleStore.AppendAsync(db, sourceId, reading.Samples, cancellationToken);
            gaps += await GapsAsync(db, sourceId, batch, reading, cancellationToken);
            samples += Advance(batch, reading, skew);
            problems.AddRange(reading.Failures.Select(f => $"{f.Key}: {f.Value.Message}"));
            await db.SaveChangesAsync(cancellationToken); // Samples, gaps and watermarks of the batch: all or none.
            ForgetBlocks(db);
        }

        calls += await EventCollector.CollectAsync(db, sourceId, watches, session, clock, time, problems, cancellationToken) - 1; // One is among the fixed ones.
        LogRound(logger, session.Endpoint.Url.Host, watches.Count, calls, samples, gaps);
        return new CollectionRound(watches.Count, calls, samples, gaps, problems);
    }

    /// <summary>Says at each watch that the source could not be polled, so that the operator sees it before the hour is over.</summary>
    public async Task RecordFailureAsync(Guid sourceId, MigrateException failure, CancellationToken cancellationToken)
    {
        await using var db = await factory.CreateDbContextAsync(cancellationToken);
        var text = $"{failure.Message} {failure.Remedy}";
        await db.BaselineWatches.Where(w => w.SourceId == sourceId && w.StoppedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(w => w.Error, text), cancellationToken);
        LogFailed(logger, sourceId, failure.Code, failure.Message);
    }

    /// <summary>Reads batch after batch, some of them ahead, and gives them in their order.</summary>
    private static async IAsyncEnumerable<(BaselineWatch[] Batch, SampleReading Reading)> ReadAsync(
        List<BaselineWatch> watches, VSphereSession session, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var under = new Queue<(BaselineWatch[] Batch, Task<SampleReading> Reading)>();
        try
        {
            foreach (var batch in watches.Chunk(VmsPerBatch))
            {
                under.Enqueue((batch, session.ReadSamplesAsync([.. batch.Select(QueryOf)], ended.Token)));
                // The first reading looks up the counters for all.
                if (batch[0] == watches[0] || under.Count == BatchesAtOnce)
                {
                    yield return (under.Peek().Batch, await under.Dequeue().Reading);
                }
            }

            while (under.Count > 0)
            {
                yield return (under.Peek().Batch, await under.Dequeue().Reading);
            }
        }
        finally
        {
            // One failed, or what was read could not be stored: the others are for nothing, and nobody else waits for them.
            await ended.CancelAsync();
            foreach (var (_, reading) in under)
            {
                await reading.ContinueWith(done => done.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
        }
    }

    private static SampleQuery QueryOf(BaselineWatch watch) => new(watch.VmKey, watch.DiskCount, watch.Watermark - Overlap);

    /// <summary>Moves watermarks to the newest samples. Returns how many samples (of a disk) lie behind the old ones.</summary>
    private int Advance(IEnumerable<BaselineWatch> batch, SampleReading reading, double skew)
    {
        var count = 0;
        var samples = reading.Samples.ToDictionary(s => s.VmKey, StringComparer.Ordinal);
        foreach (var watch in batch)
        {
            watch.Error = reading.Failures.GetValueOrDefault(watch.VmKey) is { } failure ? $"{failure.Message} {failure.Remedy}" : null;
            if (!samples.TryGetValue(watch.VmKey, out var vm))
            {
                continue;
            }

            watch.PolledAt = time.GetUtcNow().UtcDateTime;
            watch.ClockSkewSeconds = skew;
            var disks = vm.Disks.Values.Where(d => d.Count > 0).ToList();
            if (disks.Count > 0)
            {
                var before = watch.Watermark is { } known ? SampleStore.Seconds(known) : long.MinValue;
                count += disks.Sum(d => d.Seconds.Count(second => second > before));
                var newest = DateTime.UnixEpoch.AddSeconds(disks.Max(d => d.Seconds[^1]));
                watch.Watermark = watch.Watermark > newest ? watch.Watermark : newest;
                watch.DiskCount = vm.Disks.Count;
                watch.MissingCounters = JsonSerializer.Serialize(Baseline.MissingIn(disks), PlannerJson.Default.IReadOnlyListString);
            }
        }

        return count;
    }

    private async Task<int> GapsAsync(MigrateDb db, Guid sourceId, BaselineWatch[] batch, SampleReading reading, CancellationToken cancellationToken)
    {
        var known = batch.Where(w => w.Watermark is not null).ToDictionary(w => w.VmKey, StringComparer.Ordinal);
        if (known.Count == 0)
        {
            return 0;
        }

        // A late sample can close the end of a gap that was seen before: what lies in the overlap is judged anew.
        var (keys, oldest) = (known.Keys.ToList(), known.Values.Min(w => w.Watermark!.Value) - Overlap);
        var recorded = (await db.BaselineGaps.Where(g => g.SourceId == sourceId && keys.Contains(g.VmKey) && g.After >= oldest).ToListAsync(cancellationToken))
            .ToLookup(g => g.VmKey, StringComparer.Ordinal);
        var count = 0;
        foreach (var (vm, disks) in reading.Samples.Where(s => known.ContainsKey(s.VmKey)))
        {
            var watch = known[vm];
            var gaps = CollectionGaps.Find(watch.Watermark!.Value, disks.Values).ToDictionary(g => g.After, g => g.Before);
            foreach (var row in recorded[vm].Where(row => row.After >= watch.Watermark - Overlap))
            {
                if (!gaps.Remove(row.After, out var before))
                {
                    db.BaselineGaps.Remove(row);
                }
                else
                {
                    row.Before = before;
                }
            }

            var reason = CollectionGaps.ReasonOf(watch.PolledAt, time.GetUtcNow().UtcDateTime);
            db.BaselineGaps.AddRange(gaps.Select(g => new BaselineGap { SourceId = sourceId, VmKey = vm, After = g.Key, Before = g.Value, Reason = reason }));
            count += gaps.Count;
        }

        return count;
    }

    /// <summary>Blocks are large and done with; watches stay tracked.</summary>
    private static void ForgetBlocks(MigrateDb db)
    {
        foreach (var entry in db.ChangeTracker.Entries().Where(e => e.Entity is not BaselineWatch).ToList())
        {
            entry.State = EntityState.Detached;
        }
    }
}
