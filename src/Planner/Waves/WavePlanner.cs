using Migrate.Planner.Concerns;
using Migrate.Planner.Scheduling;

namespace Migrate.Planner.Waves;

/// <summary>Plans waves: places the VMs on hosts, and finds a short schedule of copies and cutovers. docs/waves.md has the model.</summary>
public static class WavePlanner
{
    // So many activities are placed in a search that nobody limits: some seconds.
    private const int Placements = 2_500_000;
    private const int FewestSchedules = 4;
    private const int MostSchedules = 5000;

    /// <param name="request">What to plan.</param>
    /// <param name="limits">How long to search; null: by the number of VMs, the same on every machine.</param>
    /// <param name="time">For the limit of time.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="MigrateException">wave.impossible with all that is wrong, schedule.horizon-short.</exception>
    public static WaveSchedule Plan(WaveRequest request, SearchLimits? limits, TimeProvider time, CancellationToken cancellationToken)
    {
        var placed = Place(request, limits, time, cancellationToken);
        var (waves, found, clock) = (placed.Waves, placed.Found, placed.Waves.Clock);
        var moves = Moves(request, placed);
        return new WaveSchedule
        {
            Start = request.Start,
            End = clock.TimeOf(found.Schedule.End),
            BoundEnd = clock.TimeOf(found.LowerBound),
            Gap = found.Gap,
            SlotMinutes = clock.Minutes,
            Made = found.Made,
            IsCutShort = found.IsCutShort,
            Waves = Waves(waves, moves),
            Vms = moves,
        };
    }

    /// <summary>All activities in their slots.</summary>
    internal static Placed Place(WaveRequest request, SearchLimits? limits, TimeProvider time, CancellationToken cancellationToken)
    {
        var (waves, hosts) = Model(request);
        var network = ProjectNetwork.Of(waves.Project);
        var found = Scheduler.Find(network, limits ?? Usual(network.Count) with { Seed = request.Seed }, time, cancellationToken);
        int[] starts = [.. found.Schedule.Starts];
        var free = new FreeCapacity(network);
        free.Clear();
        for (var activity = 0; activity < starts.Length; activity++)
        {
            free.Take(activity, starts[activity]);
        }

        var why = new WhyThen(waves, network, free, starts);
        WaveReason[] reasons = [.. Enumerable.Range(0, waves.Units.Count).Select(why.Of)];
        LateCopies.Move(waves, network, free, starts);
        return new Placed(waves, network, found, starts, hosts, reasons);
    }

    /// <summary>Finds what can be wrong with it before anything is searched for.</summary>
    /// <exception cref="MigrateException">wave.impossible with all that is wrong.</exception>
    public static void Check(WaveRequest request) => Model(request);

    private static (WaveProject Waves, IReadOnlyDictionary<string, string> Hosts) Model(WaveRequest request)
    {
        var problems = WaveCheck.Of(request);
        Refuse(problems);
        var clock = new SlotClock(request.Start, request.Days);
        var hosts = Placement.Of(request, problems);
        var waves = new WaveProject(request, clock, new WindowCalendar(request, clock), problems);
        Refuse(problems);
        return (waves, hosts);
    }

    private static void Refuse(List<string> problems)
    {
        if (problems.Count > 0)
        {
            throw new WaveProblemsException("wave.impossible", "These waves cannot be planned", "Correct what is named, and plan again.", problems);
        }
    }

    private static SearchLimits Usual(int activities) => new() { Schedules = Math.Clamp(Placements / Math.Max(1, activities), FewestSchedules, MostSchedules) };

    private static List<VmMove> Moves(WaveRequest request, Placed placed)
    {
        var (waves, network, starts) = (placed.Waves, placed.Network, placed.Starts);
        List<(VmMove Move, (int Opens, string Windows) Wave)> moves = [];
        var pinned = request.Pins.ToDictionary(x => x.VmKey);
        for (var unit = 0; unit < waves.Units.Count; unit++)
        {
            var begin = starts[waves.Cutovers[unit]];
            var reason = placed.Reasons[unit];
            var wave = (Opens(waves, waves.Units[unit].Windows, begin), waves.Units[unit].Windows);
            foreach (var (vm, at, length) in waves.Courses[unit].Vms)
            {
                var pin = pinned.GetValueOrDefault(vm.Key);
                var cutover = pin?.CutoverAt ?? waves.Clock.TimeOf(begin + at);
                var copies = waves.Copies.GetValueOrDefault(vm.Key);
                moves.Add((new VmMove
                {
                    Key = vm.Key,
                    Name = vm.Name,
                    Wave = 0,
                    Host = placed.Hosts[vm.Key],
                    Group = waves.Units[unit].Group,
                    CopyStart = pin is not null ? pin.CopyStart : copies is null ? cutover : waves.Clock.TimeOf(starts[copies[0]]),
                    CopyEnd = pin is not null ? pin.CopyEnd : copies is null ? cutover.AddSeconds(waves.CopySeconds(vm)) : waves.Clock.TimeOf(starts[copies[^1]] + network.Durations[copies[^1]]),
                    BytesPerSecond = waves.Rate(vm),
                    CopyBytes = vm.CopyBytes,
                    CutoverStart = cutover,
                    CutoverEnd = cutover.AddMinutes((double)length * waves.Clock.Minutes),
                    DowntimeSeconds = vm.Mode == MigrationMode.Warm ? vm.DowntimeSeconds : vm.DowntimeSeconds.Plus(waves.CopySeconds(vm)),
                    Why = pin is not null ? new WaveReason("pinned", "", "It was settled before, and others make room for it.") : reason,
                }, wave));
            }
        }

        var numbers = moves.Select(x => x.Wave).Distinct().Order().Select((x, i) => (x, i)).ToDictionary(x => x.x, x => x.i + request.FirstWave);
        return [.. moves.Select(x => x.Move with { Wave = numbers[x.Wave] }).OrderBy(x => x.CutoverStart).ThenBy(x => x.Wave).ThenBy(x => x.Name, StringComparer.Ordinal)];
    }

    private static int Opens(WaveProject waves, string windows, int begin) =>
        // A request without windows is open all the time: a day of it is a wave.
        windows == WindowCalendar.Always ? waves.Clock.Of(waves.Clock.TimeOf(begin).Date) : waves.Calendar.Openings(windows).Select(x => x.From).LastOrDefault(x => x <= begin);

    private static List<PlannedWave> Waves(WaveProject waves, List<VmMove> moves)
    {
        var windows = waves.Units.SelectMany(x => x.Vms.Select(vm => (vm.Key, x.Windows))).ToDictionary(x => x.Key, x => x.Windows);
        return
        [
            .. moves.GroupBy(x => x.Wave).OrderBy(x => x.Key).Select(wave =>
            {
                var first = wave.Min(x => x.CutoverStart);
                var name = windows[wave.First().Key];
                var opening = name == WindowCalendar.Always ? new Opening(waves.Clock.Of(first.Date), waves.Clock.AtOrAfter(first.Date.AddDays(1)))
                    : waves.Calendar.Openings(name).LastOrDefault(x => waves.Clock.TimeOf(x.From) <= first);
                return new PlannedWave(
                    wave.Key, name.Length == 0 ? null : name, wave.Min(x => x.CopyStart), waves.Clock.TimeOf(opening.From), waves.Clock.TimeOf(opening.To),
                    first, wave.Max(x => x.CutoverEnd), wave.Count(), wave.Sum(x => x.CopyBytes));
            }),
        ];
    }

    /// <summary>What came out of the search, after copies were moved behind.</summary>
    internal sealed record Placed(
        WaveProject Waves, ProjectNetwork Network, Scheduling.Scheduling Found, int[] Starts, IReadOnlyDictionary<string, string> Hosts, WaveReason[] Reasons);
}
