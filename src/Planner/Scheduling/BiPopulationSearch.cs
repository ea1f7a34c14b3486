namespace Migrate.Planner.Scheduling;

/// <summary>
/// Two populations of schedules, one with everything as early as it goes, one with everything as late. Children of the one are made in the
/// direction of the other, so that each generation also straightens the one before (after D. Debels, M. Vanhoucke, "A bi-population based genetic
/// algorithm for the resource-constrained project scheduling problem", 2005). A child has the order of one parent, but for a stretch of time, in
/// which the other parent's order counts.
/// </summary>
internal sealed class BiPopulationSearch
{
    // Tuned on PSPLIB's J30 and J120 with 5,000 schedules each (tests/Benchmarks, schedule).
    private const double MostNoise = 0.7;
    private const double FreshNoise = 2;
    private const double MutationShare = 0.15;
    private const double MutationReach = 0.1;
    private readonly ProjectNetwork _network;
    private readonly CriticalPath _path;
    private readonly SearchLimits _limits;
    private readonly TimeProvider _time;
    private readonly SerialScheduler _scheduler;
    private readonly Random _random;
    private readonly double[] _keys;
    private readonly long _began;
    private readonly int _bound;
    private Schedule? _best;
    private int _made;

    public BiPopulationSearch(ProjectNetwork network, SearchLimits limits, TimeProvider time)
    {
        (_network, _path, _limits, _time) = (network, new CriticalPath(network), limits, time);
        _scheduler = new SerialScheduler(network);
        _random = new Random(limits.Seed);
        _keys = new double[network.Count];
        _began = time.GetTimestamp();
        _bound = LowerBound.Of(network, _path);
    }

    private bool IsOver => _made >= _limits.Schedules || _best?.End == _bound || _time.GetElapsedTime(_began) > _limits.Time;

    public Scheduling Run(CancellationToken cancellationToken)
    {
        var size = SizeFor(_network.Count, _limits.Schedules);
        var (early, late) = (new Member?[size], new Member?[size]);
        for (var i = 0; i < size && !IsOver; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            early[i] = Sample(MostNoise * i / size);
        }

        for (var stale = 0; !IsOver && _best is not null;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var before = _best?.End;
            Breed(early, late, isForward: false);
            Breed(late, early, isForward: true);
            stale = _best?.End < before ? 0 : stale + 1;
            if (stale > Patience)
            {
                stale = 0;
                Refresh(early, late);
            }
        }

        return new Scheduling(
            _best ?? throw new MigrateException(
                "schedule.horizon-short", $"No schedule was found that ends within {_network.Project.Horizon} slots.", "Plan for a longer time, or with more of what is scarce."),
            _bound, _made, _made < _limits.Schedules && _best.End != _bound);
    }

    /// <summary>Generations without a better schedule: then the two populations have become much the same.</summary>
    private int Patience => 9 + (_network.Count / 8);

    private static int SizeFor(int activities, int schedules) => Math.Clamp((int)Math.Round(Math.Sqrt(schedules) * Math.Min(0.7, 0.3 + (activities / 600.0))), 2, 60);

    /// <summary>A schedule of those with the least time left first, and that more or less exactly.</summary>
    private Member? Sample(double noise)
    {
        for (var activity = 0; activity < _keys.Length; activity++)
        {
            var latest = _path.Length - _path.Tails[activity] - _network.Durations[activity];
            _keys[activity] = latest + (noise * _path.Length * (_random.NextDouble() - 0.5));
        }

        return Make(isForward: true);
    }

    /// <summary>The best one stays, and others begin anew.</summary>
    private void Refresh(Member?[] early, Member?[] late)
    {
        var best = early.MinBy(x => x?.Span ?? int.MaxValue);
        for (var i = 0; i < early.Length && !IsOver; i++)
        {
            if (early[i] != best)
            {
                early[i] = Sample(FreshNoise * _random.NextDouble()) ?? early[i];
                late[i] = null;
            }
        }
    }

    private void Breed(Member?[] parents, Member?[] children, bool isForward)
    {
        for (var i = 0; i < parents.Length && !IsOver; i++)
        {
            if (parents[i] is not { } father || Choose(parents, i) is not { } mother)
            {
                continue;
            }

            Cross(father, mother);
            if (Make(isForward) is { } child && !(children[i]?.Span < child.Span))
            {
                children[i] = child;
            }
        }
    }

    /// <summary>The better one of two others.</summary>
    private Member? Choose(Member?[] members, int but)
    {
        var (one, other) = (Other(), Other());
        return one is null || other?.Span < one.Span ? other : one;

        Member? Other()
        {
            var at = _random.Next(members.Length - 1);
            return members[at < but ? at : at + 1];
        }
    }

    private void Cross(Member father, Member mother)
    {
        var span = Math.Max(1, father.Span);
        var from = father.Begin + (_random.NextDouble() * 0.75 * span);
        var to = from + ((0.25 + (_random.NextDouble() * 0.25)) * span);
        var apart = 2.0 * _network.Project.Horizon;
        for (var activity = 0; activity < _keys.Length; activity++)
        {
            var at = father.Times[activity];
            _keys[activity] = at < from ? at - apart : at > to ? at + apart : mother.Times[activity] - mother.Begin + father.Begin;
        }

        if (_random.NextDouble() < MutationShare)
        {
            for (var activity = 0; activity < _keys.Length; activity++)
            {
                _keys[activity] += (_random.NextDouble() - 0.5) * span * MutationReach;
            }
        }
    }

    /// <summary>The schedule that the keys make; null when it does not fit.</summary>
    private Member? Make(bool isForward)
    {
        _made++;
        var starts = new int[_network.Count];
        var edge = 0;
        if (!(isForward ? _scheduler.Forward(_keys, starts, out edge) : _scheduler.Backward(_keys, starts, out edge)))
        {
            return null;
        }

        if (isForward)
        {
            if (_best is null || edge < _best.End)
            {
                _best = new Schedule(starts, edge);
            }

            // The next ones go back from the end: what is over last comes first.
            return new Member([.. starts.Select((x, i) => (double)x + _network.Durations[i])], 0, edge);
        }

        return new Member([.. starts.Select(x => (double)x)], edge, _network.Project.Horizon - edge);
    }

    /// <param name="Times">By which the order of children in the other direction goes: ends of early ones, starts of late ones.</param>
    /// <param name="Begin">Of the first activity.</param>
    /// <param name="Span">From the first begin to the last end.</param>
    private sealed record Member(double[] Times, int Begin, int Span);
}
