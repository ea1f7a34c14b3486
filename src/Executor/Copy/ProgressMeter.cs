namespace Migrate.Executor.Copy;

/// <summary>
/// Turns bytes done into progress reports, at most two per second. The rate is an exponentially weighted mean with a time constant of 10 s:
/// steady enough to read, quick enough to show a stall.
/// </summary>
internal sealed class ProgressMeter(long capacityBytes, IProgress<CopyProgress>? progress, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private const double TimeConstantSeconds = 10;

    private readonly Lock _lock = new();
    private long _done;
    private long _doneAtReport;
    private long _reportedAt = time.GetTimestamp();
    private double _rate;

    /// <summary>What an earlier attempt had done counts as done, not as speed.</summary>
    public void StartAt(long bytes)
    {
        _done = _doneAtReport = bytes;
        Report(time.GetTimestamp());
    }

    public void Add(long bytes)
    {
        lock (_lock)
        {
            _done += bytes;
            var now = time.GetTimestamp();
            if (time.GetElapsedTime(_reportedAt, now) >= Interval)
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
            Report(time.GetTimestamp());
        }
    }

    private void Report(long now)
    {
        var seconds = time.GetElapsedTime(_reportedAt, now).TotalSeconds;
        if (seconds > 0)
        {
            var current = (_done - _doneAtReport) / seconds;
            _rate = _rate < 1 ? current : _rate + ((current - _rate) * (1 - Math.Exp(-seconds / TimeConstantSeconds)));
        }
        (_doneAtReport, _reportedAt) = (_done, now);
        var left = capacityBytes - _done;
        TimeSpan? eta = left == 0 ? TimeSpan.Zero : _rate >= 1 && left / _rate < TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(left / _rate) : null;
        progress?.Report(new CopyProgress(_done, capacityBytes, _rate, eta));
    }
}
