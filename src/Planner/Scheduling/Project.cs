namespace Migrate.Planner.Scheduling;

/// <summary>
/// What is to be scheduled: activities that follow one another and share resources, in whole slots of time from 0 on. The model is the
/// resource-constrained project scheduling problem (R. Kolisch, S. Hartmann, "Heuristic algorithms for the resource-constrained project scheduling
/// problem", 1999), with capacities that change over time and earliest starts.
/// </summary>
/// <param name="Resources">What activities share.</param>
/// <param name="Activities">Known by their place in this list.</param>
/// <param name="Horizon">Slots: nothing may end later.</param>
public sealed record Project(IReadOnlyList<Resource> Resources, IReadOnlyList<Activity> Activities, int Horizon);

/// <summary>Something that bears so much at once.</summary>
/// <param name="Name">For people.</param>
/// <param name="Steps">What it bears from a slot on, until the next step; the first one begins at 0.</param>
public sealed record Resource(string Name, IReadOnlyList<CapacityStep> Steps)
{
    /// <summary>Bears the same at all times.</summary>
    public Resource(string name, int capacity)
        : this(name, [new CapacityStep(0, capacity)])
    {
    }
}

/// <param name="From">Slot.</param>
/// <param name="Capacity">Units from there on.</param>
public readonly record struct CapacityStep(int From, int Capacity);

/// <summary>Something that is done in one go.</summary>
/// <param name="Name">For people.</param>
/// <param name="Duration">Slots; 0 for a mark in time.</param>
/// <param name="Demands">What it takes of resources as long as it lasts.</param>
/// <param name="After">Activities that must be over before it begins.</param>
/// <param name="Release">The first slot in which it may begin.</param>
public sealed record Activity(string Name, int Duration, IReadOnlyList<Demand> Demands, IReadOnlyList<int> After, int Release = 0);

/// <param name="Resource">Its place in the project.</param>
/// <param name="Units">Of it.</param>
public readonly record struct Demand(int Resource, int Units);

/// <summary>When each activity begins.</summary>
/// <param name="Starts">Slots, in the order of the activities.</param>
/// <param name="End">When the last one is over.</param>
public sealed record Schedule(IReadOnlyList<int> Starts, int End);
