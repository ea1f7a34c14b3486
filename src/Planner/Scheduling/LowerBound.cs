namespace Migrate.Planner.Scheduling;

/// <summary>
/// No schedule ends earlier: neither than the critical path, nor than the work that comes behind a moment (head) and before what has to follow it (tail)
/// leaves each resource free of it (the energetic bound over heads and tails; J. Carlier, B. Latapie, "Une méthode arborescente pour résoudre les
/// problèmes cumulatifs", 1991).
/// </summary>
internal static class LowerBound
{
    /// <summary>More pairs of heads and tails are not looked at: of large projects an even choice of them is.</summary>
    private const int MostThresholds = 64;

    /// <summary>In slots from 0 on.</summary>
    public static int Of(ProjectNetwork network, CriticalPath path)
    {
        var bound = path.Length;
        for (var resource = 0; resource < network.Capacities.Length; resource++)
        {
            bound = Math.Max(bound, OfResource(network, path, resource));
        }

        return bound;
    }

    private static int OfResource(ProjectNetwork network, CriticalPath path, int resource)
    {
        // Units in all slots before one.
        var supply = new long[network.Project.Horizon + 1];
        for (var slot = 0; slot < network.Project.Horizon; slot++)
        {
            supply[slot + 1] = supply[slot] + network.Capacities[resource][slot];
        }

        List<(int Head, int Tail, long Work)> users = [];
        for (var activity = 0; activity < network.Count; activity++)
        {
            if (network.Demands[activity].FirstOrDefault(x => x.Resource == resource).Units is > 0 and var units && network.Durations[activity] > 0)
            {
                users.Add((path.Heads[activity], path.Tails[activity], (long)units * network.Durations[activity]));
            }
        }

        var bound = 0;
        users.Sort((a, b) => b.Tail.CompareTo(a.Tail));
        foreach (var head in Some(users.Select(x => x.Head)))
        {
            // Those with the longest tails first: with each one more the tail that all of them have becomes shorter.
            var work = 0L;
            for (var i = 0; i < users.Count; i++)
            {
                if (users[i].Head < head)
                {
                    continue;
                }

                work += users[i].Work;
                if (i + 1 == users.Count || users[i + 1].Tail < users[i].Tail)
                {
                    bound = Math.Max(bound, FirstWith(supply, supply[head] + work) + users[i].Tail);
                }
            }
        }

        return bound;
    }

    /// <summary>The first slot by which so much was supplied; the horizon when that is never.</summary>
    private static int FirstWith(long[] supply, long wanted)
    {
        var found = Array.BinarySearch(supply, wanted);
        if (found < 0)
        {
            return Math.Min(~found, supply.Length - 1);
        }

        while (found > 0 && supply[found - 1] == wanted)
        {
            found--; // Where nothing is supplied, the same stands several times.
        }

        return found;
    }

    private static List<int> Some(IEnumerable<int> heads)
    {
        List<int> distinct = [.. heads.Distinct().Order()];
        return distinct.Count <= MostThresholds ? distinct : [.. Enumerable.Range(0, MostThresholds).Select(i => distinct[i * (distinct.Count - 1) / (MostThresholds - 1)])];
    }
}
