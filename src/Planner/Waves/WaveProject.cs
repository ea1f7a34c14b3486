using Migrate.Planner.Concerns;
using Migrate.Planner.Scheduling;

namespace Migrate.Planner.Waves;

/// <summary>A request as a project: copies in parts that can rest when their datastore is busy, cutovers in one go within a window.</summary>
internal sealed class WaveProject
{
    // A copy rests where its hours are closed. More parts find more hours, and cost time to plan.
    private const int MostParts = 24;
    private const double UnitBytesPerSecond = 1000;
    private const int WindowUnits = 1 << 24;
    private const int HoursOfTheWeek = 168;
    private readonly WaveRequest _request;
    private readonly Dictionary<string, int> _capacities = [];
    private readonly Dictionary<string, int> _windows = [];
    private readonly Dictionary<string, double> _most = [];
    private readonly List<Resource> _resources = [];
    private readonly List<Activity> _activities = [];
    private readonly Dictionary<string, Pin> _pins;
    private readonly List<(int Resource, int From, int To, int Units)> _settled = [];
    private readonly int _cutovers;
    private readonly int _operators;
    private readonly int _copies;

    public WaveProject(WaveRequest request, SlotClock clock, WindowCalendar calendar, List<string> problems)
    {
        (_request, Clock, Calendar) = (request, clock, calendar);
        _pins = request.Pins.ToDictionary(x => x.VmKey);
        Units = WaveUnit.Of(request, calendar);
        _cutovers = Add(new Resource("cutovers at once", Open(request.CutoversAtOnce, calendar.Names.SelectMany(calendar.Openings))));
        _operators = Add(new Resource("operators", request.Operators));
        _copies = Add(new Resource("copies at once", CopyTimes()));
        foreach (var name in calendar.Names)
        {
            _windows[name] = Add(new Resource(name.Length == 0 ? "no blackout" : $"window '{name}'", Open(WindowUnits, calendar.Openings(name))));
        }

        foreach (var capacity in request.Capacities)
        {
            var steps = Steps(capacity);
            _capacities[capacity.Key] = Add(new Resource(capacity.Name, steps));
            _most[capacity.Key] = steps.Max(x => x.Capacity) * UnitBytesPerSecond;
        }

        Cutovers = new int[Units.Count];
        Courses = new UnitCourse[Units.Count];
        for (var unit = 0; unit < Units.Count; unit++)
        {
            AddUnit(unit, problems);
        }

        Order();
        Settle();
        Project = new Project(_resources, _activities, clock.Count);
    }

    public SlotClock Clock { get; }

    public WindowCalendar Calendar { get; }

    public Project Project { get; }

    public IReadOnlyList<WaveUnit> Units { get; }

    /// <summary>The activity of each unit's cutover.</summary>
    public int[] Cutovers { get; }

    public UnitCourse[] Courses { get; }

    /// <summary>The activities of the copies of VMs that move warm, first to last.</summary>
    public Dictionary<string, IReadOnlyList<int>> Copies { get; } = [];

    public bool IsWindow(int resource) => _windows.ContainsValue(resource);

    public int WindowOf(WaveUnit unit) => _windows[unit.Windows];

    /// <summary>At which a VM is copied: what it reaches alone, or the narrowest of what it goes through.</summary>
    public double Rate(WaveVm vm) => vm.Uses.Aggregate(vm.BytesPerSecond, (rate, use) => use.Share > 0 ? Math.Min(rate, _most[use.Capacity] / use.Share) : rate);

    public double CopySeconds(WaveVm vm) => vm.CopyBytes / Rate(vm);

    /// <summary>How long a VM's cutover keeps its places: planned by the upper end of its forecast, though not by more than twice what is likely.</summary>
    public int CutoverSlots(WaveVm vm)
    {
        var off = Math.Min(vm.DowntimeSeconds.High, 2 * vm.DowntimeSeconds.Likely) + (vm.Mode == MigrationMode.Cold ? CopySeconds(vm) : 0);
        return Clock.Slots(Math.Max(off, _request.AttentionMinutes * 60.0));
    }

    private bool CanMoveAtOnce(IReadOnlyList<WaveVm> vms)
    {
        var cold = vms.Where(x => x.Mode == MigrationMode.Cold).ToList();
        return vms.Count <= Math.Min(_request.CutoversAtOnce, _request.Operators) && cold.Count <= _request.CopiesAtOnce
            && cold.SelectMany(x => x.Uses, (vm, use) => (use.Capacity, Bytes: Rate(vm) * use.Share)).GroupBy(x => x.Capacity).All(x => x.Sum(y => y.Bytes) <= _most[x.Key]);
    }

    private int Add(Resource resource)
    {
        _resources.Add(resource);
        return _resources.Count - 1;
    }

    private void AddUnit(int index, List<string> problems)
    {
        var unit = Units[index];
        var course = Courses[index] = unit.Course(CutoverSlots, CanMoveAtOnce);
        var release = Math.Max(Clock.First, unit.Vms.Max(x => x.NotBefore is { } from ? Clock.AtOrAfter(from) : 0));
        List<int> after = [];
        if (!IsSettled(unit))
        {
            foreach (var vm in unit.Vms.Where(x => x.Mode == MigrationMode.Warm && release + (long)Clock.Slots(CopySeconds(x) + x.SettleSeconds) > Clock.Count))
            {
                problems.Add(
                    $"{vm.Name} takes {Words.Span(CopySeconds(vm) + vm.SettleSeconds)} to be copied from {Words.Time(Clock.TimeOf(release))} on, and everything must be over by {Words.Time(Clock.TimeOf(Clock.Count))}");
            }

            after.AddRange(unit.Vms.Where(x => x.Mode == MigrationMode.Warm).Select(x => AddCopy(x, release)));
        }

        List<Demand> demands = [new(_cutovers, course.AtOnce), new(_operators, course.AtOnce), new(WindowOf(unit), 1)];
        foreach (var capacity in unit.Vms.SelectMany(x => x.Uses).Select(x => x.Capacity).Distinct())
        {
            demands.Add(new Demand(_capacities[capacity], (int)course.PeakOfCold(vm => vm.Uses.Where(x => x.Capacity == capacity).Sum(x => UnitsOf(Rate(vm) * x.Share)))));
        }

        demands.Add(new Demand(_copies, (int)course.PeakOfCold(_ => 1)));
        Cutovers[index] = _activities.Count;
        if (IsSettled(unit))
        {
            _activities.Add(AddSettled(unit, course, demands));
            return;
        }

        if (!Calendar.Openings(unit.Windows).Any(x => x.To - x.From >= course.Length))
        {
            var longest = Calendar.Openings(unit.Windows).Select(x => x.To - x.From).DefaultIfEmpty().Max() * Clock.Minutes * 60.0;
            problems.Add($"{unit.Name} takes {Words.Span(course.Length * Clock.Minutes * 60.0)} to cut over, and its windows are open for {Words.Span(longest)} at most, in whole slots of {Clock.Minutes} min");
        }

        _activities.Add(new Activity($"cutover of {unit.Name}", course.Length, demands, after, release));
    }

    /// <summary>Its VMs keep their times: see <see cref="Pin"/>.</summary>
    public bool IsSettled(WaveUnit unit) => unit.Vms.Any(x => _pins.ContainsKey(x.Key));

    /// <summary>It takes its share before anything else is placed, so that nothing can push it away.</summary>
    private Activity AddSettled(WaveUnit unit, UnitCourse course, List<Demand> demands)
    {
        var pins = unit.Vms.Select(x => (Vm: x, Pin: _pins.GetValueOrDefault(x.Key))).Where(x => x.Pin is not null).ToList();
        var at = Math.Min(Clock.Of(pins.Min(x => x.Pin!.CutoverAt)), Clock.Count - course.Length);
        _settled.AddRange(demands.Where(x => !IsWindow(x.Resource)).Select(x => (x.Resource, at, at + course.Length, x.Units)));
        foreach (var (vm, pin) in pins.Where(x => x.Vm.Mode == MigrationMode.Warm))
        {
            var (from, to) = (Clock.Of(pin!.CopyStart), Clock.AtOrAfter(pin.CopyEnd));
            _settled.AddRange(vm.Uses.Select(x => (_capacities[x.Capacity], from, to, UnitsOf(Rate(vm) * x.Share))).Append((_copies, from, to, 1)));
        }

        return new Activity($"cutover of {unit.Name}", course.Length, [], [], Math.Max(0, at));
    }

    private void Settle()
    {
        foreach (var taken in _settled.GroupBy(x => x.Resource))
        {
            var capacity = new int[Clock.Count];
            var resource = _resources[taken.Key];
            for (var (slot, step) = (0, 0); slot < capacity.Length; slot++)
            {
                step += step + 1 < resource.Steps.Count && resource.Steps[step + 1].From <= slot ? 1 : 0;
                capacity[slot] = resource.Steps[step].Capacity;
            }

            foreach (var (_, from, to, units) in taken)
            {
                for (var slot = Math.Max(0, from); slot < Math.Min(to, capacity.Length); slot++)
                {
                    capacity[slot] = Math.Max(0, capacity[slot] - units);
                }
            }

            _resources[taken.Key] = resource with { Steps = Runs(slot => capacity[slot]) };
        }
    }

    /// <summary>Units' order is known when all of them are there.</summary>
    private void Order()
    {
        for (var unit = 0; unit < Units.Count; unit++)
        {
            if (Units[unit].After.Count > 0 && !IsSettled(Units[unit]))
            {
                var activity = _activities[Cutovers[unit]];
                _activities[Cutovers[unit]] = activity with { After = [.. activity.After, .. Units[unit].After.Select(x => Cutovers[x])] };
            }
        }
    }

    private int AddCopy(WaveVm vm, int release)
    {
        var slots = Clock.Slots(CopySeconds(vm) + vm.SettleSeconds);
        var length = Math.Max(Math.Max(1, 60 / Clock.Minutes), (slots + MostParts - 1) / MostParts);
        List<Demand> demands = [new(_copies, 1)];
        foreach (var use in vm.Uses.GroupBy(x => x.Capacity))
        {
            demands.Add(new Demand(_capacities[use.Key], UnitsOf(Rate(vm) * use.Sum(x => x.Share))));
        }

        List<int> parts = [];
        for (var left = slots; left > 0; left -= length)
        {
            parts.Add(_activities.Count);
            _activities.Add(new Activity($"copy of {vm.Name}", Math.Min(length, left), demands, parts.Count == 1 ? [] : [parts[^2]], release));
        }

        Copies[vm.Key] = parts;
        return parts[^1];
    }

    private static int UnitsOf(double bytesPerSecond) => (int)Math.Clamp(Math.Floor(bytesPerSecond / UnitBytesPerSecond), 1, int.MaxValue / 4);

    private List<CapacityStep> Open(int units, IEnumerable<Opening> openings)
    {
        var isOpen = new bool[Clock.Count];
        foreach (var opening in openings)
        {
            isOpen.AsSpan(opening.From, opening.To - opening.From).Fill(true);
        }

        return Runs(slot => isOpen[slot] ? units : 0);
    }

    private List<CapacityStep> CopyTimes()
    {
        var isClosed = new bool[Clock.Count];
        foreach (var blackout in _request.Blackouts.Where(x => x.Copies))
        {
            var (from, to) = (Clock.Of(blackout.From), Clock.AtOrAfter(blackout.To));
            isClosed.AsSpan(from, Math.Max(0, to - from)).Fill(true);
        }

        return Runs(slot => isClosed[slot] ? 0 : _request.CopiesAtOnce);
    }

    private List<CapacityStep> Steps(CopyCapacity capacity)
    {
        var all = UnitsOf(capacity.BytesPerSecond);
        return capacity.Hours is not { Count: HoursOfTheWeek } hours ? [new CapacityStep(0, all)] : Runs(slot =>
        {
            var at = Clock.TimeOf(slot);
            return (int)(all * Math.Clamp(hours[Baselines.Profiles.DiskProfile.SlotOf(at)], 0, 1));
        });
    }

    private List<CapacityStep> Runs(Func<int, int> capacity)
    {
        List<CapacityStep> steps = [];
        for (var slot = 0; slot < Clock.Count; slot++)
        {
            var now = capacity(slot);
            if (steps.Count == 0 || steps[^1].Capacity != now)
            {
                steps.Add(new CapacityStep(slot, now));
            }
        }

        return steps;
    }
}
