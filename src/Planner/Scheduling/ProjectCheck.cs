namespace Migrate.Planner.Scheduling;

/// <summary>What of a project can be seen to be impossible before anything is searched.</summary>
internal static class ProjectCheck
{
    public static IReadOnlyList<string> Of(Project project)
    {
        List<string> problems = [];
        if (project.Horizon < 1)
        {
            problems.Add($"the horizon is {project.Horizon} slots");
        }

        foreach (var resource in project.Resources)
        {
            problems.AddRange(Of(resource));
        }

        int[] most = [.. project.Resources.Select(x => x.Steps.Select(step => step.Capacity).DefaultIfEmpty().Max())];
        for (var activity = 0; activity < project.Activities.Count; activity++)
        {
            problems.AddRange(Of(project, activity, most));
        }

        return problems;
    }

    private static IEnumerable<string> Of(Resource resource)
    {
        if (resource.Steps.Count == 0 || resource.Steps[0].From != 0)
        {
            yield return $"the capacity of {resource.Name} is not told from the first slot on";
        }

        if (resource.Steps.Zip(resource.Steps.Skip(1)).Any(x => x.Second.From <= x.First.From))
        {
            yield return $"the steps of {resource.Name} are not in the order of time";
        }

        if (resource.Steps.Any(x => x.Capacity < 0))
        {
            yield return $"{resource.Name} has less than nothing at a time";
        }
    }

    private static IEnumerable<string> Of(Project project, int index, int[] most)
    {
        var activity = project.Activities[index];
        if (activity.Duration < 0 || activity.Release < 0 || activity.Duration + (long)activity.Release > project.Horizon)
        {
            yield return $"{activity.Name} lasts {activity.Duration} slots from {activity.Release} on, and the horizon is {project.Horizon}";
        }

        if (activity.After.Any(x => x < 0 || x >= project.Activities.Count || x == index))
        {
            yield return $"{activity.Name} waits for itself or for something that is not there";
        }

        foreach (var demand in activity.Demands)
        {
            if (demand.Resource < 0 || demand.Resource >= project.Resources.Count || demand.Units < 0)
            {
                yield return $"{activity.Name} wants {demand.Units} of a resource {demand.Resource}";
            }
            else if (activity.Duration > 0 && most[demand.Resource] < demand.Units)
            {
                yield return $"{activity.Name} wants {demand.Units} of {project.Resources[demand.Resource].Name}, which never has more than {most[demand.Resource]}";
            }
        }

        if (activity.Demands.GroupBy(x => x.Resource).Any(x => x.Count() > 1))
        {
            yield return $"{activity.Name} wants one resource twice";
        }
    }
}
