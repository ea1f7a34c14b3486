namespace Migrate.Executor.Copy;

/// <summary>
/// Turns bytes done into progress reports, at most two per second, and at least one per second though nothing happens. The rate is an
/// exponentially weighted mean with a time constant of 10 s: steady enough to read, quick enough to show a stall; the band of the ETA is that
/// rate and its standard deviation, weighted alike.
/// </summary>
internal sealed class ProgressMeter : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);
    private const double TimeConstantSeconds = 10;

    private static readonly KeyValuePair<string, object?> Read = new("kind", "read");
    private static readonly KeyValuePair<string, object?> Zero = new("kind", "zero");
    private static readonly KeyValuePair<string, object?> Sent = new("kind", "sent");

    private readonly Lock _lock = new();
    private readonly long _capacityBytes;
    private readonly IProgress<CopyProgress>? _progress;
    private readonly TimeProvider _time;
    private readonly ITimer? _timer;
    private long _startedWith;
    private long _done;
    private long _doneAtReport;
    private long _reportedAt;
    private long _addedAt;
    private bool _hasAdded;
    private int _heldBack;
    private double _rate;
    private double _variance;
    private bool _isFinished;
    private (long Read, long Zero, long Sent) _counted;

    public ProgressMeter(long capacityBytes, IProgress<CopyProgress>? progress, TimeProvider time)
    {
        (_capacityBytes, _progress, _time) = (capacityBytes, progress, time);
        _reportedAt = _addedAt = time.GetTimestamp();
        _timer = progress is null ? null : time.CreateTimer(_ => Beat(), null, Heartbeat, Heartbeat);
    }

    /// <summary>Without progress for so long a copy counts as stalled.</summary>
    public TimeSpan StallAfter { get; init; } = CopyOptions.DefaultStallAfter;

    /// <summary>Says what is narrow; asked with every report, from one thread at a time.</summary>
    public CopyMonitor? Monitor { get; init; }

    /// <summary>Around a wait for a limit: that nothing is settled meanwhile is no stall.</summary>
    public void HoldBack(bool begins) => Interlocked.Add(ref _heldBack, begins ? 1 : -1);

    /// <summary>Bytes read, zero and sent so far.</summary>
    public Func<(long Read, long Zero, long Sent)>? Amounts { get; set; }

    /// <summary>What an earlier attempt had done counts as done, not as speed.</summary>
    public void StartAt(long bytes)
    {
        lock (_lock)
        {
            _startedWith = _done = _doneAtReport = bytes;
            Report(_time.GetTimestamp());
        }
    }

    public void Add(long bytes)
    {
        lock (_lock)
        {
            _done += bytes;
            _hasAdded = true;
            var now = _addedAt = _time.GetTimestamp();
            if (_time.GetElapsedTime(_reportedAt, now) >= Interval)
            {
                Report(now);
            }
        }
    }

    /// <summary>The last report, whatever the interval.</summary>
    public void Finish()
    {
        lock (_lock)
        {
            Report(_time.GetTimestamp());
            _isFinished = true;
        }
    }

    public void Dispose()
    {
        _timer?.Dispose();
        lock (_lock)
        {
            Count(); // Also of a copy that was broken off.
        }
    }

    private void Beat()
    {
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            if (!_isFinished && _time.GetElapsedTime(_reportedAt, now) >= Heartbeat)
            {
                Report(now);
            }
        }
    }

    private void Report(long now)
    {
        var seconds = _time.GetElapsedTime(_reportedAt, now).TotalSeconds;
        if (seconds > 0)
        {
            var current = (_done - _doneAtReport) / seconds;
            var weight = _rate < 1 ? 1 : 1 - Math.Exp(-seconds / TimeConstantSeconds);
            var difference = current - _rate;
            _rate += difference * weight;
            _variance = weight < 1 ? (1 - weight) * (_variance + (weight * difference * difference)) : 0;
        }
        (_doneAtReport, _reportedAt) = (_done, now);
        Count();
        if (_progress is null)
        {
            return;
        }
        var deviation = Math.Sqrt(_variance);
        var bottleneck = Monitor?.Recent();
        var last = _time.GetUtcNow() - _time.GetElapsedTime(_addedAt, now);
        _progress.Report(new CopyProgress(_done, _capacityBytes, _rate, Eta(_rate))
        {
            EarliestEta = Eta(_rate + deviation),
            // Never beyond ten times the ETA: a rate that jumps says little about the end.
            LatestEta = Eta(Math.Max(_rate - deviation, _rate / 10)),
            LastProgressAt = _hasAdded ? last : null,
            Amounts = Amounts?.Invoke() is { } a ? new CopyAmounts(_done - _startedWith, a.Read, a.Zero, a.Sent) : null,
            Bottleneck = bottleneck,
            // Who is held back by a limit is told by its name; that is no fault.
            Stall = _done < _capacityBytes && bottleneck?.Stage != CopyStage.Throttle && Volatile.Read(ref _heldBack) == 0 && _time.GetElapsedTime(_addedAt, now) is var silence && silence >= StallAfter ? Stalled(last, silence, bottleneck) : null,
        });
    }

    private void Count()
    {
        if (Amounts?.Invoke() is { } amounts)
        {
            ExecutorTelemetry.CopyBytes.Add(amounts.Read - _counted.Read, Read);
            ExecutorTelemetry.CopyBytes.Add(amounts.Zero - _counted.Zero, Zero);
            ExecutorTelemetry.CopyBytes.Add(amounts.Sent - _counted.Sent, Sent);
            _counted = amounts;
        }
    }

    private TimeSpan? Eta(double rate)
    {
        var left = _capacityBytes - _done;
        return left == 0 ? TimeSpan.Zero : rate >= 1 && left / rate < TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(left / rate) : null;
    }

    private static CopyStall Stalled(DateTimeOffset since, TimeSpan silence, CopyBottleneck? bottleneck) => new(since, bottleneck?.Stage,
        $"Nothing was settled for {silence.TotalSeconds:0} s" + (bottleneck is null ? "." : $": the copy waits for {CopyBottleneck.NameOf(bottleneck.Stage)}."));
}
