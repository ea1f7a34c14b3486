namespace Migrate.Planner.Tests.Baselines.Collection;

/// <summary>A clock that stands until it is set; timers run on real time.</summary>
internal sealed class SettableTime(DateTime now) : TimeProvider
{
    private long _ticks = now.Ticks;

    public DateTime Now
    {
        get => new(Volatile.Read(ref _ticks), DateTimeKind.Utc);
        set => Volatile.Write(ref _ticks, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => new(Now);
}
