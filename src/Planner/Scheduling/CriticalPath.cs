namespace Migrate.Planner.Scheduling;

/// <summary>What order and durations alone allow, as if every resource bore everything.</summary>
internal sealed class CriticalPath
{
    public CriticalPath(ProjectNetwork network)
    {
        Heads = new int[network.Count];
        Tails = new int[network.Count];
        foreach (var activity in network.Order)
        {
            var head = network.Project.Activities[activity].Release;
            foreach (var before in network.Predecessors[activity])
            {
                head = Math.Max(head, Heads[before] + network.Durations[before]);
            }

            Heads[activity] = head;
            Length = Math.Max(Length, head + network.Durations[activity]);
        }

        foreach (var activity in network.Order.Reverse())
        {
            foreach (var successor in network.Successors[activity])
            {
                Tails[activity] = Math.Max(Tails[activity], network.Durations[successor] + Tails[successor]);
            }
        }
    }

    /// <summary>The earliest start of each activity.</summary>
    public int[] Heads { get; }

    /// <summary>What has to be done after each activity is over, at least.</summary>
    public int[] Tails { get; }

    /// <summary>Slots from 0 on.</summary>
    public int Length { get; }
}
