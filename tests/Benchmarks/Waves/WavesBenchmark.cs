using System.Diagnostics;
using System.Globalization;
using Migrate.Planner.Concerns;
using Migrate.Planner.Convergence;
using Migrate.Planner.Scheduling;
using Migrate.Planner.Waves;

namespace Migrate.Benchmarks.Waves;

/// <summary>An estate of the given size planned from nothing, then again after one VM was edited; and 500 VMs as one plan and as eight.</summary>
internal static class WavesBenchmark
{
    private const long GiB = 1L << 30;
    private static readonly DateTime Start = new(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc);

    public static Task RunAsync(string[] args)
    {
        var vms = Array.IndexOf(args, "--vms") is >= 0 and var at ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : 10_000;
        var request = Estate(vms, 1);
        WavePlanner.Plan(Estate(100, 2), null, TimeProvider.System, CancellationToken.None); // Compiles it.
        var (plan, seconds) = Timed(() => WavePlanner.Plan(request, null, TimeProvider.System, CancellationToken.None));
        Print($"{vms} VMs from nothing", plan, seconds);
        // The last one is of no group.
        var key = request.Vms[^1].Key;
        var edited = request with
        {
            Vms = [.. request.Vms.Select(x => x.Key == key ? x with { CopyBytes = 2 * x.CopyBytes } : x)],
            Pins = [.. plan.Vms.Where(x => x.Key != key).Select(x => new Pin(x.Key, x.CutoverStart, x.Host, x.CopyStart, x.CopyEnd))],
        };
        var (again, replanned) = Timed(() => WavePlanner.Plan(edited, new SearchLimits { Schedules = 1 }, TimeProvider.System, CancellationToken.None));
        Print("one VM edited", again, replanned);
        var same = again.Vms.Join(plan.Vms, x => x.Key, x => x.Key, (a, b) => a.CutoverStart == b.CutoverStart).Count(x => x);
        Console.WriteLine($"  {same} of {vms} VMs keep their time");
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  at most {process.PeakWorkingSet64 / (1 << 20)} MiB of memory"));
        return Task.CompletedTask;
    }

    private static (WaveSchedule Plan, double Seconds) Timed(Func<WaveSchedule> plan)
    {
        var began = TimeProvider.System.GetTimestamp();
        return (plan(), TimeProvider.System.GetElapsedTime(began).TotalSeconds);
    }

    private static void Print(string what, WaveSchedule plan, double seconds)
    {
        var binding = string.Join(", ", plan.Vms.GroupBy(x => x.Why.Constraint).OrderByDescending(x => x.Count()).Select(x => $"{x.Key} {x.Count()}"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{what}: {seconds:0.00} s, {plan.Made} schedules; {plan.Waves.Count} waves, {(plan.End - plan.Start).TotalDays:0.00} days, at least {(plan.BoundEnd - plan.Start).TotalDays:0.00} (gap {plan.Gap:P1}); {binding}"));
    }

    /// <summary>A host for 40 VMs, a datastore for 60, two links; applications of five; nights and weekends; a quarter moves cold.</summary>
    private static WaveRequest Estate(int vms, int seed)
    {
        var random = new Random(seed);
        var (hosts, datastores) = (Math.Max(1, vms / 40), Math.Max(1, vms / 60));
        double[] quietAtNight = [.. Enumerable.Range(0, 168).Select(x => x % 24 is >= 7 and < 20 && x / 24 < 5 ? 0.3 : 1.0)];
        return new WaveRequest
        {
            Start = Start,
            Days = 90,
            Windows =
            [
                new WindowSet("night", "Europe/Lisbon", [.. Enum.GetValues<DayOfWeek>().Select(x => new WeeklyWindow(x, new TimeOnly(22, 0), 8 * 60))], []),
                new WindowSet("weekend", "Europe/Lisbon", [new WeeklyWindow(DayOfWeek.Saturday, new TimeOnly(6, 0), 36 * 60)], []),
            ],
            Vms =
            [
                .. Enumerable.Range(0, vms).Select(i => new WaveVm
                {
                    Key = $"vm-{i}",
                    Name = $"vm{i}",
                    Mode = i % 4 == 3 ? MigrationMode.Cold : MigrationMode.Warm,
                    CopyBytes = (long)(Math.Exp(random.NextDouble() * 4) * 8 * GiB),
                    BytesPerSecond = 150e6,
                    ChangeBytesPerSecond = random.NextDouble() * 2e6,
                    SettleSeconds = 600,
                    DowntimeSeconds = new Band(60, 120, 300),
                    Uses = [new CapacityUse($"host{i % hosts}", 1), new CapacityUse($"ds{i % datastores}", 1), new CapacityUse($"link{i % 2}", 1), new CapacityUse("target", 1)],
                    Windows = i % 10 < 7 ? "night" : "weekend",
                    Cpus = 4,
                    MemoryBytes = 16 * GiB,
                    StorageBytes = 200 * GiB,
                }),
            ],
            Groups = [.. Enumerable.Range(0, vms / 50).Select(i => new MoveGroup($"app{i}", [[$"vm-{i * 50}"], [$"vm-{(i * 50) + 1}", $"vm-{(i * 50) + 2}"], [$"vm-{(i * 50) + 4}", $"vm-{(i * 50) + 5}"]], i == 0 ? [] : ["app0"], "night"))],
            Capacities =
            [
                .. Enumerable.Range(0, hosts).Select(i => new CopyCapacity($"host{i}", $"host {i}", 300e6)),
                .. Enumerable.Range(0, datastores).Select(i => new CopyCapacity($"ds{i}", $"datastore {i}", 600e6, quietAtNight)),
                .. Enumerable.Range(0, 2).Select(i => new CopyCapacity($"link{i}", $"link {i}", 10e9 / 8)),
                new CopyCapacity("target", "target", 2e9),
            ],
            Hosts = [.. Enumerable.Range(0, (vms / 30) + 1).Select(i => new DestinationHost($"kvm{i}", 256, 768 * GiB, null, [new DestinationNode(32, 384 * GiB), new DestinationNode(32, 384 * GiB)]))],
            CutoversAtOnce = Math.Max(4, vms / 250),
            CopiesAtOnce = 64,
            Operators = Math.Max(4, vms / 250),
        };
    }
}
