namespace Migrate.Planner.Scheduling;

/// <summary>What is left of each resource in each slot while a schedule is made.</summary>
internal sealed class FreeCapacity(ProjectNetwork network)
{
    private readonly int[][] _free = [.. network.Capacities.Select(x => new int[x.Length])];

    /// <summary>Of each resource nothing is left before this slot: what is full from the beginning on is not looked at again and again.</summary>
    private readonly int[] _firstFree = new int[network.Capacities.Length];

    public void Clear()
    {
        Array.Clear(_firstFree);
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
        foreach (var demand in demands)
        {
            from = duration > 0 ? Math.Max(from, FirstFree(demand.Resource)) : from;
        }

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

    private int FirstFree(int resource)
    {
        var (free, first) = (_free[resource], _firstFree[resource]);
        while (first < free.Length && free[first] == 0)
        {
            first++;
        }

        return _firstFree[resource] = first;
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

    /// <summary>What is left of a resource in a slot.</summary>
    public int Left(int resource, int slot) => _free[resource][slot];

    /// <summary>Takes back what <see cref="Take"/> did.</summary>
    public void Give(int activity, int start)
    {
        foreach (var demand in network.Demands[activity])
        {
            _firstFree[demand.Resource] = Math.Min(_firstFree[demand.Resource], start);
            foreach (ref var slot in _free[demand.Resource].AsSpan(start, network.Durations[activity]))
            {
                slot += demand.Units;
            }
        }
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
