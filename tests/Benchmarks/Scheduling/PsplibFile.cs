using System.Globalization;
using Migrate.Planner.Scheduling;

namespace Migrate.Benchmarks.Scheduling;

/// <summary>A project of the PSPLIB (R. Kolisch, A. Sprecher, "PSPLIB: a project scheduling problem library", 1997), single mode (.sm).</summary>
internal static class PsplibFile
{
    public static async Task<Project> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var lines = await File.ReadAllLinesAsync(path, cancellationToken);
        var after = NumbersBelow(lines, "PRECEDENCE RELATIONS:", 1).ToDictionary(x => x[0], x => x[3..]);
        var jobs = NumbersBelow(lines, "REQUESTS/DURATIONS:", 2);
        var capacities = NumbersBelow(lines, "RESOURCEAVAILABILITIES:", 1)[0];
        var activities = jobs.Select(job => new Activity(
            $"{job[0]}", job[2], [.. job[3..].Select((units, resource) => new Demand(resource, units)).Where(x => x.Units > 0)],
            [.. after.Where(x => x.Value.Contains(job[0])).Select(x => x.Key - 1)]));
        return new Project([.. capacities.Select((x, i) => new Resource($"R{i + 1}", x))], [.. activities], Math.Max(1, jobs.Sum(x => x[2])));
    }

    private static List<int[]> NumbersBelow(string[] lines, string title, int heads)
    {
        var at = Array.FindIndex(lines, x => x.StartsWith(title, StringComparison.Ordinal)) + 1 + heads;
        return [.. lines.Skip(at).TakeWhile(x => !x.StartsWith('*'))
            .Select(x => x.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(y => int.Parse(y, CultureInfo.InvariantCulture)).ToArray())];
    }
}
