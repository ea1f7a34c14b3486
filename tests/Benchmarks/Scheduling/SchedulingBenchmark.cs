using System.Globalization;
using Migrate.Planner.Scheduling;

namespace Migrate.Benchmarks.Scheduling;

/// <summary>
/// The scheduler beside the literature, on a folder of PSPLIB projects: <c>schedule DIRECTORY [--optima FILE] [--schedules 5000] [--seed 1] [--each N]</c>.
/// Without optima, deviations are from the critical path. FILE has lines "name,makespan", as they are published for J30.
/// </summary>
internal static class SchedulingBenchmark
{
    public static async Task RunAsync(string[] args)
    {
        var (schedules, seed, each) = (Number(args, "--schedules", 5000), Number(args, "--seed", 1), Number(args, "--each", 1));
        var optima = Option(args, "--optima") is { } file ? await OptimaAsync(file) : null;
        var files = Directory.GetFiles(args[0], "*.sm").Order(StringComparer.Ordinal).Where((_, i) => i % each == 0).ToList();
        var results = new (double Deviation, double Gap, double Seconds)[files.Count];
        await Parallel.ForAsync(0, files.Count, async (i, cancellationToken) =>
        {
            var project = await PsplibFile.ReadAsync(files[i], cancellationToken);
            var began = TimeProvider.System.GetTimestamp();
            var found = Scheduler.Find(project, new SearchLimits { Schedules = schedules, Seed = seed }, TimeProvider.System, cancellationToken);
            var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
            var compared = optima is not null ? optima[Path.GetFileName(files[i])] : Scheduler.CriticalPath(project);
            results[i] = ((double)(found.Schedule.End - compared) / compared, found.Gap, seconds);
        });
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{files.Count} projects, {schedules} schedules each: {results.Average(x => x.Deviation):P2} above the {(optima is null ? "critical path" : "optimum")} on average, "
            + $"{results.Count(x => x.Deviation <= 0)} at it; {results.Average(x => x.Gap):P2} above our bound, {results.Count(x => x.Gap == 0)} proven; {results.Average(x => x.Seconds) * 1000:0} ms each"));
    }

    private static async Task<Dictionary<string, int>> OptimaAsync(string file) => (await File.ReadAllLinesAsync(file))
        .Select(x => x.Split(',')).Where(x => int.TryParse(x[^1], out _)).ToDictionary(x => x[0], x => int.Parse(x[^1], CultureInfo.InvariantCulture));

    private static int Number(string[] args, string name, int otherwise) => Option(args, name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private static string? Option(string[] args, string name) => Array.IndexOf(args, name) is >= 0 and var at ? args[at + 1] : null;
}
