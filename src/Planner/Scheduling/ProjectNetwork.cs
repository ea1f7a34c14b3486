namespace Migrate.Planner.Scheduling;

/// <summary>A project that was found to be possible, in the form in which it is searched: who follows whom, and what is free when.</summary>
internal sealed class ProjectNetwork
{
    private ProjectNetwork(Project project, int[][] successors, int[] order)
    {
        (Project, Successors, Order) = (project, successors, order);
        Capacities = [.. project.Resources.Select(x => Spread(x, project.Horizon))];
        Durations = [.. project.Activities.Select(x => x.Duration)];
        Demands = [.. project.Activities.Select(x => x.Demands.Where(d => d.Units > 0).ToArray())];
        Predecessors = [.. project.Activities.Select(x => x.After.Distinct().ToArray())];
        Ranks = new int[order.Length];
        for (var rank = 0; rank < order.Length; rank++)
        {
            Ranks[order[rank]] = rank;
        }
    }

    public Project Project { get; }

    public int Count => Durations.Length;

    public int[] Durations { get; }

    public Demand[][] Demands { get; }

    public int[][] Predecessors { get; }

    public int[][] Successors { get; }

    /// <summary>Activities so that each comes behind those that it waits for.</summary>
    public int[] Order { get; }

    /// <summary>The place of each activity in <see cref="Order"/>.</summary>
    public int[] Ranks { get; }

    /// <summary>Units of each resource in each slot.</summary>
    public int[][] Capacities { get; }

    /// <exception cref="MigrateException">schedule.impossible, with all that is wrong.</exception>
    public static ProjectNetwork Of(Project project)
    {
        var problems = ProjectCheck.Of(project);
        if (problems.Count > 0)
        {
            throw Impossible(problems);
        }

        var count = project.Activities.Count;
        var successors = Enumerable.Range(0, count).Select(_ => new List<int>()).ToArray();
        var waitsFor = new int[count];
        for (var activity = 0; activity < count; activity++)
        {
            foreach (var before in project.Activities[activity].After.Distinct())
            {
                successors[before].Add(activity);
                waitsFor[activity]++;
            }
        }

        var order = new List<int>(count);
        order.AddRange(Enumerable.Range(0, count).Where(x => waitsFor[x] == 0));
        for (var next = 0; next < order.Count; next++)
        {
            foreach (var successor in successors[order[next]].Where(x => --waitsFor[x] == 0))
            {
                order.Add(successor);
            }
        }

        if (order.Count < count)
        {
            var circle = Enumerable.Range(0, count).Where(x => waitsFor[x] > 0).Select(x => project.Activities[x].Name).Take(10);
            throw Impossible([$"these wait for each other in a circle, or for those that do: {string.Join(", ", circle)}"]);
        }

        return new ProjectNetwork(project, [.. successors.Select(x => x.ToArray())], [.. order]);
    }

    private static MigrateException Impossible(IReadOnlyList<string> problems) => new(
        "schedule.impossible", $"This cannot be scheduled: {string.Join("; ", problems)}.", "Correct what is named, and plan again.");

    private static int[] Spread(Resource resource, int horizon)
    {
        var capacity = new int[horizon];
        for (var step = 0; step < resource.Steps.Count; step++)
        {
            var until = step + 1 < resource.Steps.Count ? Math.Min(resource.Steps[step + 1].From, horizon) : horizon;
            if (resource.Steps[step].From < until)
            {
                capacity.AsSpan(resource.Steps[step].From..until).Fill(resource.Steps[step].Capacity);
            }
        }

        return capacity;
    }
}
