using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Sources;
using Migrate.Target.Host;

namespace Migrate.Executor.Copy;

/// <summary>
/// Tells which part of a copy's way is the narrow one. The loop that feeds the copy waits either for the source or for room, and room only
/// comes back from the far end: whatever it waits for longest is the narrow side, and on that side it is the part where the extents are.
/// </summary>
internal sealed class CopyMonitor(CopyStages stages, IDiskReader source, IDiskWriter destination, TimeProvider time, CopyThrottle? throttle = null)
{
    /// <summary>What is looked at is the time since a look of between one and two of these ago.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    /// <summary>A way that is busy for this share of the time and not held up by its end is full.</summary>
    private const double FullLink = 0.7;

    private readonly Look _first = Now(stages, source, destination, time);
    private Look? _older;
    private Look? _newer;

    /// <summary>Over the last seconds.</summary>
    public CopyBottleneck? Recent()
    {
        var now = Now(stages, source, destination, time);
        _newer ??= _first;
        _older ??= _first;
        var bottleneck = Named(Judge(_older, now, time));
        if (time.GetElapsedTime(_newer.At, now.At) >= Window)
        {
            (_older, _newer) = (_newer, now);
        }
        return bottleneck;
    }

    /// <summary>Over all of the copy.</summary>
    public CopyBottleneck? Overall() => Named(Judge(_first, Now(stages, source, destination, time), time));

    /// <summary>A reader's own budget says nothing here.</summary>
    private CopyBottleneck? Named(CopyBottleneck? found) => found is { Stage: CopyStage.Throttle } ? found with { HeldBy = throttle?.Says } : found;

    private static CopyBottleneck? Judge(Look before, Look now, TimeProvider time)
    {
        var seconds = time.GetElapsedTime(before.At, now.At).TotalSeconds;
        if (seconds <= 0)
        {
            return null;
        }
        var (read, hash, write) = (now.Read - before.Read, now.Hash - before.Hash, now.Write - before.Write);
        var (forRead, forRoom, forLimit) = (now.ForRead - before.ForRead, now.ForRoom - before.ForRoom, now.ForLimit - before.ForLimit);
        var waited = new[] { forRead, forRoom, forLimit }.Max(w => w.ActiveSeconds);
        var fed = waited < 0.05 * seconds;
        if (fed && Math.Max(read.ActiveSeconds, Math.Max(hash.ActiveSeconds, write.ActiveSeconds)) <= 0)
        {
            return null;
        }
        CopyStage stage;
        if (fed)
        {
            // All is fed in: what is left waits where it is.
            stage = read.Occupied >= Math.Max(hash.Occupied, write.Occupied) ? SourceSide(before.Times, now.Times) : FarSide();
            waited = stage == CopyStage.Hash ? hash.ActiveSeconds : stage is CopyStage.Network or CopyStage.TargetWrite ? write.ActiveSeconds : read.ActiveSeconds;
        }
        else
        {
            stage = forLimit.ActiveSeconds >= waited ? CopyStage.Throttle : forRead.ActiveSeconds >= waited ? SourceSide(before.Times, now.Times) : FarSide();
        }
        var rates = new[] { Rate(CopyStage.SourceRead, read), Rate(CopyStage.Hash, hash), Rate(CopyStage.TargetWrite, write) };
        return new CopyBottleneck(stage, Math.Min(1, waited / seconds), [.. rates.Where(r => r.Busy > 0)]);

        CopyStage FarSide() => hash.Occupied >= write.Occupied ? CopyStage.Hash : IsFull(before.Link, now.Link, seconds) ? CopyStage.Network : CopyStage.TargetWrite;

        StageRate Rate(CopyStage of, StageTotals totals) => new(of, totals.ActiveSeconds > 0 ? totals.Bytes / totals.ActiveSeconds : 0, Math.Min(1, totals.ActiveSeconds / seconds));
    }

    /// <summary>A reader that cannot tell is the source as a whole.</summary>
    private static CopyStage SourceSide(ReadTimes? before, ReadTimes? now)
    {
        if (before is not { } b || now is not { } n)
        {
            return CopyStage.SourceRead;
        }
        var (limited, answering, transferring) = (n.Limited - b.Limited, n.Answering - b.Answering, n.Transferring - b.Transferring);
        return limited > answering && limited > transferring ? CopyStage.Throttle : transferring > answering ? CopyStage.Transport : CopyStage.SourceRead;
    }

    private static bool IsFull(LinkTimes? before, LinkTimes? now, double seconds) =>
        before is { Connections: > 0 } b && now is { } n && b.Connections == n.Connections
        && (n.Busy - b.Busy - (n.HeldByTarget - b.HeldByTarget)).TotalSeconds > FullLink * seconds * n.Connections;

    private static Look Now(CopyStages stages, IDiskReader source, IDiskWriter destination, TimeProvider time) => new(
        time.GetTimestamp(), stages.Read.Totals(), stages.Hash.Totals(), stages.Write.Totals(), stages.WaitForRead.Totals(), stages.WaitForRoom.Totals(), stages.WaitForLimit.Totals(),
        (source as ITimedReader)?.Times, destination.Link);

    private sealed record Look(
        long At, StageTotals Read, StageTotals Hash, StageTotals Write, StageTotals ForRead, StageTotals ForRoom, StageTotals ForLimit, ReadTimes? Times, LinkTimes? Link);
}
