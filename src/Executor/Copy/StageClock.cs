namespace Migrate.Executor.Copy;

/// <summary>
/// How busy one stage of a copy is: how long anything was in it, and how much on average. What is in it now counts up to now, so that a
/// stage from which nothing returns does not look idle.
/// </summary>
internal sealed class StageClock(TimeProvider time)
{
    private readonly Lock _lock = new();
    private long _at = time.GetTimestamp();
    private int _inside;
    private StageTotals _totals;

    public void Enter()
    {
        lock (_lock)
        {
            CountUp();
            _inside++;
        }
    }

    public void Leave(long bytes = 0)
    {
        lock (_lock)
        {
            CountUp();
            _inside--;
            _totals = _totals with { Bytes = _totals.Bytes + bytes };
        }
    }

    public StageTotals Totals()
    {
        lock (_lock)
        {
            CountUp();
            return _totals;
        }
    }

    private void CountUp()
    {
        var now = time.GetTimestamp();
        var seconds = time.GetElapsedTime(_at, now).TotalSeconds;
        _at = now;
        if (_inside > 0)
        {
            _totals = _totals with { ActiveSeconds = _totals.ActiveSeconds + seconds, Occupied = _totals.Occupied + (seconds * _inside) };
        }
    }
}

/// <summary>Sums since a copy began.</summary>
/// <param name="ActiveSeconds">While anything was in the stage.</param>
/// <param name="Occupied">Seconds times how many were in it.</param>
/// <param name="Bytes">That went through it.</param>
internal readonly record struct StageTotals(double ActiveSeconds, double Occupied, long Bytes)
{
    public static StageTotals operator -(StageTotals now, StageTotals before) =>
        new(now.ActiveSeconds - before.ActiveSeconds, now.Occupied - before.Occupied, now.Bytes - before.Bytes);
}
