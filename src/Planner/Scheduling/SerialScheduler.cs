namespace Migrate.Planner.Scheduling;

/// <summary>
/// Places activities one after the other, each as early (or as late) as those placed before it allow: the serial schedule generation scheme, which
/// finds an optimal schedule for some order of them (J. Kelley, "The critical-path method: resources planning and scheduling", 1963; R. Kolisch,
/// "Serial and parallel resource-constrained project scheduling methods revisited", 1996).
/// </summary>
internal sealed class SerialScheduler(ProjectNetwork network)
{
    private readonly FreeCapacity _free = new(network);
    private readonly PriorityQueue<int, (double Key, int Rank)> _next = new();
    private readonly int[] _waitsFor = new int[network.Count];

    /// <summary>Of those that may come next the one with the lowest key does. False when one does not fit into the horizon.</summary>
    /// <param name="keys">Of the activities.</param>
    /// <param name="starts">Filled.</param>
    /// <param name="end">When the last one is over.</param>
    public bool Forward(ReadOnlySpan<double> keys, Span<int> starts, out int end)
    {
        Begin(network.Predecessors, keys, 1);
        end = 0;
        while (_next.TryDequeue(out var activity, out _))
        {
            var from = network.Project.Activities[activity].Release;
            foreach (var before in network.Predecessors[activity])
            {
                from = Math.Max(from, starts[before] + network.Durations[before]);
            }

            var start = _free.FirstStart(activity, from);
            if (start < 0)
            {
                return false;
            }

            _free.Take(activity, start);
            starts[activity] = start;
            end = Math.Max(end, start + network.Durations[activity]);
            Release(network.Successors[activity], keys, 1);
        }

        return true;
    }

    /// <summary>From the end of the horizon back: of those that may come next the one with the highest key does. False when one does not fit.</summary>
    /// <param name="keys">Of the activities.</param>
    /// <param name="starts">Filled.</param>
    /// <param name="begin">When the first one begins.</param>
    public bool Backward(ReadOnlySpan<double> keys, Span<int> starts, out int begin)
    {
        Begin(network.Successors, keys, -1);
        begin = network.Project.Horizon;
        while (_next.TryDequeue(out var activity, out _))
        {
            var until = network.Project.Horizon;
            foreach (var successor in network.Successors[activity])
            {
                until = Math.Min(until, starts[successor]);
            }

            var start = _free.LastStart(activity, until);
            if (start < 0)
            {
                return false;
            }

            _free.Take(activity, start);
            starts[activity] = start;
            begin = Math.Min(begin, start);
            Release(network.Predecessors[activity], keys, -1);
        }

        return true;
    }

    private void Begin(int[][] before, ReadOnlySpan<double> keys, int sign)
    {
        _free.Clear();
        _next.Clear();
        for (var activity = 0; activity < network.Count; activity++)
        {
            _waitsFor[activity] = before[activity].Length;
            if (_waitsFor[activity] == 0)
            {
                Offer(activity, keys, sign);
            }
        }
    }

    private void Release(int[] behind, ReadOnlySpan<double> keys, int sign)
    {
        foreach (var activity in behind)
        {
            if (--_waitsFor[activity] == 0)
            {
                Offer(activity, keys, sign);
            }
        }
    }

    private void Offer(int activity, ReadOnlySpan<double> keys, int sign) => _next.Enqueue(activity, (sign * keys[activity], sign * network.Ranks[activity]));
}
