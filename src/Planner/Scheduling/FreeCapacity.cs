namespace Migrate.Planner.Scheduling;

/// <summary>What is left of each resource in each slot while a schedule is made.</summary>
internal sealed class FreeCapacity(ProjectNetwork network)
{
    private readonly int[][] _free = [.. network.Capacities.Select(x => new int[x.Length])];

    public void Clear()
    {
        for (var resource = 0; resource < _free.Length; resource++)
        {
            network.Capacities[resource].CopyTo(_free[resource], 0);
        }
    }

    /// <summary>The first slot from <paramref name="from"/> on in which the activity can begin; -1 when there is none.</summary>
    public int FirstStart(int activity, int from)
    {
        var duration = network.Durations[activity];
        var demands = network.Demands[activity];
        for (var start = from; start + duration <= network.Project.Horizon;)
        {
            var taken = -1; // The last slot that is: nothing before it will do.
            foreach (var demand in demands)
            {
                var hit = _free[demand.Resource].AsSpan(start, duration);
                for (var slot = duration - 1; slot > Math.Max(taken - start, -1); slot--)
                {
                    if (hit[slot] < demand.Units)
                    {
                        taken = start + slot;
                        break;
                    }
                }
            }

            if (taken < 0)
            {
                return start;
            }

            start = taken + 1;
        }

        return -1;
    }

    /// <summary>The last slot in which the activity can begin so that it is over by <paramref name="end"/>; -1 when there is none at or after its release.</summary>
    public int LastStart(int activity, int end)
    {
        var duration = network.Durations[activity];
        var demands = network.Demands[activity];
        var release = network.Project.Activities[activity].Release;
        for (var start = end - duration; start >= release;)
        {
            var taken = int.MaxValue; // The first slot that is: nothing behind it will do.
            foreach (var demand in demands)
            {
                var free = _free[demand.Resource];
                var last = Math.Min(start + duration, taken);
                for (var slot = start; slot < last; slot++)
                {
                    if (free[slot] < demand.Units)
                    {
                        taken = slot;
                        break;
                    }
                }
            }

            if (taken == int.MaxValue)
            {
                return start;
            }

            start = taken - duration;
        }

        return -1;
    }

    public void Take(int activity, int start)
    {
        foreach (var demand in network.Demands[activity])
        {
            foreach (ref var slot in _free[demand.Resource].AsSpan(start, network.Durations[activity]))
            {
                slot -= demand.Units;
            }
        }
    }
}
