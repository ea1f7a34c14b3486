using Migrate.Planner.Scheduling;

namespace Migrate.Planner.Tests.Scheduling;

/// <summary>Random projects, and what is true of their schedules whoever made them.</summary>
internal static class SampleProjects
{
    public static Project Random(Random random, int activities)
    {
        var resources = Enumerable.Range(0, 3).Select(x => new Resource($"R{x}", Steps(random))).ToList();
        return new Project(
            resources,
            [
                .. Enumerable.Range(0, activities).Select(x => new Activity(
                    $"A{x}", random.Next(0, 6),
                    [.. Enumerable.Range(0, resources.Count).Where(_ => random.Next(2) == 0).Select(r => new Demand(r, random.Next(1, 5)))],
                    [.. Enumerable.Range(0, x).Where(_ => random.Next(Math.Max(4, x)) == 0)],
                    random.Next(4) == 0 ? random.Next(10) : 0)),
            ],
            1000);
    }

    /// <summary>Written from the definition, slot by slot.</summary>
    public static void ShouldKeepAll(Project project, Schedule schedule)
    {
        schedule.Starts.Count.ShouldBe(project.Activities.Count);
        for (var i = 0; i < project.Activities.Count; i++)
        {
            var activity = project.Activities[i];
            schedule.Starts[i].ShouldBeGreaterThanOrEqualTo(activity.Release);
            activity.After.ShouldAllBe(x => schedule.Starts[x] + project.Activities[x].Duration <= schedule.Starts[i]);
        }

        for (var resource = 0; resource < project.Resources.Count; resource++)
        {
            for (var slot = 0; slot < schedule.End; slot++)
            {
                var taken = project.Activities
                    .Where((x, i) => schedule.Starts[i] <= slot && slot < schedule.Starts[i] + x.Duration)
                    .Sum(x => x.Demands.Where(d => d.Resource == resource).Sum(d => d.Units));
                taken.ShouldBeLessThanOrEqualTo(CapacityAt(project.Resources[resource], slot), $"{project.Resources[resource].Name} in slot {slot}");
            }
        }

        schedule.End.ShouldBe(project.Activities.Select((x, i) => schedule.Starts[i] + x.Duration).Max());
    }

    /// <summary>Of all orders in which activities can be placed one after the other, each as early as it goes.</summary>
    public static int Shortest(Project project)
    {
        var starts = new int?[project.Activities.Count];
        return Place(int.MaxValue);

        int Place(int best)
        {
            if (starts.All(x => x is not null))
            {
                return Math.Min(best, project.Activities.Select((x, i) => starts[i]!.Value + x.Duration).Max());
            }

            for (var i = 0; i < starts.Length; i++)
            {
                if (starts[i] is null && project.Activities[i].After.All(x => starts[x] is not null))
                {
                    starts[i] = Enumerable.Range(0, project.Horizon).First(start => Fits(i, start));
                    best = Place(best);
                    starts[i] = null;
                }
            }

            return best;
        }

        bool Fits(int index, int start)
        {
            var activity = project.Activities[index];
            return start >= activity.Release
                && activity.After.All(x => starts[x] + project.Activities[x].Duration <= start)
                && activity.Demands.All(d => Enumerable.Range(start, activity.Duration).All(slot =>
                    d.Units + project.Activities.Where((x, i) => starts[i] <= slot && slot < starts[i] + x.Duration).Sum(x => x.Demands.Where(o => o.Resource == d.Resource).Sum(o => o.Units))
                        <= CapacityAt(project.Resources[d.Resource], slot)));
        }
    }

    private static int CapacityAt(Resource resource, int slot) => resource.Steps.Last(x => x.From <= slot).Capacity;

    /// <summary>Enough for any one of the activities at times, and for a long one at last.</summary>
    private static List<CapacityStep> Steps(Random random)
    {
        List<CapacityStep> steps = [new(0, random.Next(4, 8))];
        for (var i = random.Next(4); i > 0; i--)
        {
            steps.Add(new(steps[^1].From + random.Next(3, 12), random.Next(0, 8)));
        }

        return [.. steps, new(steps[^1].From + 5, random.Next(4, 8))];
    }
}
