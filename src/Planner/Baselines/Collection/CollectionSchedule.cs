namespace Migrate.Planner.Baselines.Collection;

/// <summary>
/// When which source is polled next. A quarter of the hour that servers keep, so that three polls may fail without a loss; spread by
/// a tenth, so that sources (and several of these servers) drift apart; after a failure sooner, and then slower again.
/// </summary>
public sealed class CollectionSchedule(TimeProvider time, Random random)
{
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMinutes(1);

    private readonly Dictionary<Guid, (DateTimeOffset Due, int Failures)> _sources = [];

    /// <summary>The sources that are due, of those that are watched. One that is met for the first time is due: its samples are fading.</summary>
    public IReadOnlyList<Guid> TakeDue(IReadOnlyCollection<Guid> watched)
    {
        foreach (var gone in _sources.Keys.Except(watched).ToList())
        {
            _sources.Remove(gone);
        }

        return [.. watched.Where(source => !_sources.TryGetValue(source, out var next) || next.Due <= time.GetUtcNow())];
    }

    /// <summary>The source is due now, whatever was planned.</summary>
    public void Forget(Guid source) => _sources.Remove(source);

    public void Succeeded(Guid source) => _sources[source] = (time.GetUtcNow() + Spread(Interval), 0);

    public void Failed(Guid source)
    {
        var failures = _sources.GetValueOrDefault(source).Failures + 1;
        var wait = FirstRetry * Math.Pow(2, Math.Min(failures - 1, 10));
        _sources[source] = (time.GetUtcNow() + Spread(wait < Interval ? wait : Interval), failures);
    }

    private TimeSpan Spread(TimeSpan span) => span * (0.9 + (0.2 * random.NextDouble()));
}
