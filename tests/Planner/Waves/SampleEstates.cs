using Migrate.Planner.Concerns;
using Migrate.Planner.Convergence;
using Migrate.Planner.Waves;

namespace Migrate.Planner.Tests.Waves;

/// <summary>Requests for waves, and what holds of every answer.</summary>
internal static class SampleEstates
{
    public const long GiB = 1L << 30;

    /// <summary>A Monday.</summary>
    public static readonly DateTime Start = new(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc);

    public static readonly WindowSet Nights = new("nights", "UTC", [.. Enum.GetValues<DayOfWeek>().Select(x => new WeeklyWindow(x, new TimeOnly(22, 0), 120))], []);

    public static DestinationHost Host(string name, int cpus = 64, long memoryGiB = 512) => new(name, cpus, memoryGiB * GiB, null, []);

    /// <summary>Warm; 36 GB at 10 MB/s: an hour.</summary>
    public static WaveVm Vm(string key, MigrationMode mode = MigrationMode.Warm) => new()
    {
        Key = key,
        Name = key,
        Mode = mode,
        CopyBytes = 36_000_000_000,
        BytesPerSecond = 10_000_000,
        ChangeBytesPerSecond = 0,
        DowntimeSeconds = new Band(60, 120, 300),
        Cpus = 2,
        MemoryBytes = 4 * GiB,
    };

    public static WaveRequest Of(params WaveVm[] vms) => new() { Start = Start, Days = 30, Vms = vms, Hosts = [Host("kvm1")] };

    public static WaveRequest Random(Random random)
    {
        var count = random.Next(5, 40);
        return new WaveRequest
        {
            Start = Start.AddMinutes(random.Next(2000)),
            Days = 60,
            Windows = [Nights, new WindowSet("weekend", "Europe/Lisbon", [new WeeklyWindow(DayOfWeek.Saturday, new TimeOnly(8, 0), 20 * 60)], [])],
            Blackouts = [new Blackout(Start.AddDays(3), Start.AddDays(4).AddHours(5), "stocktaking", Copies: random.Next(2) == 0)],
            Vms =
            [
                .. Enumerable.Range(0, count).Select(i => Vm($"vm{i}", random.Next(4) == 0 ? MigrationMode.Cold : MigrationMode.Warm) with
                {
                    CopyBytes = random.NextInt64(1, 60 * GiB),
                    ChangeBytesPerSecond = random.Next(3) == 0 ? null : random.Next(3_000_000),
                    SettleSeconds = random.Next(1000),
                    Uses = [new CapacityUse($"ds{i % 3}", random.Next(2) == 0 ? 1 : 0.5), new CapacityUse("link", 1)],
                    Windows = i < 5 ? null : random.Next(3) switch { 0 => "nights", 1 => "weekend", _ => null }, // The first five are in groups.
                    NotBefore = random.Next(5) == 0 ? Start.AddDays(random.Next(10)) : null,
                }),
            ],
            Groups = [new MoveGroup("first", [["vm0"]], [], "nights"), new MoveGroup("app", [["vm1"], ["vm2", "vm3", "vm4"]], ["first"], "weekend")],
            Capacities =
            [
                .. Enumerable.Range(0, 3).Select(i => new CopyCapacity($"ds{i}", $"datastore {i}", 15_000_000, [.. Enumerable.Range(0, 168).Select(x => x % 24 is >= 8 and < 18 ? 0.2 : 1)])),
                new CopyCapacity("link", "link", 30_000_000),
            ],
            Hosts = [Host("kvm1"), Host("kvm2")],
            CutoversAtOnce = random.Next(2, 5),
            CopiesAtOnce = random.Next(1, 6),
            Operators = random.Next(2, 4),
        };
    }

    /// <summary>Written from what the words of the request mean, not from how it is planned.</summary>
    public static void ShouldKeepAll(WaveRequest request, WaveSchedule schedule)
    {
        var vms = request.Vms.ToDictionary(x => x.Key);
        var moves = schedule.Vms.ToDictionary(x => x.Key);
        moves.Keys.ShouldBe(vms.Keys, ignoreOrder: true);
        var groups = request.Groups.SelectMany(x => x.Tiers.SelectMany(y => y).Select(vm => (vm, x))).ToDictionary(x => x.vm, x => x.x);
        foreach (var move in schedule.Vms)
        {
            var vm = vms[move.Key];
            var from = vm.NotBefore is { } asked && asked > request.Start ? asked : request.Start;
            move.CopyStart.ShouldBeGreaterThanOrEqualTo(from, move.Name);
            (move.CutoverEnd - move.CutoverStart).TotalMinutes.ShouldBeGreaterThanOrEqualTo(request.AttentionMinutes, move.Name);
            if (vm.Mode == MigrationMode.Warm)
            {
                move.CopyEnd.ShouldBeLessThanOrEqualTo(move.CutoverStart, move.Name);
                (move.CopyEnd - move.CopyStart).TotalSeconds.ShouldBeGreaterThanOrEqualTo((vm.CopyBytes / vm.BytesPerSecond) + vm.SettleSeconds, move.Name);
            }
            else
            {
                move.CopyStart.ShouldBe(move.CutoverStart);
                move.CopyEnd.ShouldBeLessThanOrEqualTo(move.CutoverEnd);
            }

            request.Blackouts.ShouldAllBe(x => move.CutoverEnd <= x.From || move.CutoverStart >= x.To, move.Name);
            var windows = groups.GetValueOrDefault(move.Key)?.Windows ?? vm.Windows ?? request.Windows.Select(x => x.Name).FirstOrDefault();
            if (windows is not null)
            {
                IsOpen(request.Windows.Single(x => x.Name == windows), move.CutoverStart, move.CutoverEnd).ShouldBeTrue($"{move.Name} from {move.CutoverStart:u} to {move.CutoverEnd:u} in {windows}");
            }

            move.Why.Text.ShouldNotBeEmpty();
        }

        foreach (var at in schedule.Vms.Select(x => x.CutoverStart))
        {
            schedule.Vms.Count(x => x.CutoverStart <= at && at < x.CutoverEnd).ShouldBeLessThanOrEqualTo(Math.Min(request.CutoversAtOnce, request.Operators));
        }

        foreach (var group in request.Groups)
        {
            var members = group.Tiers.Select(tier => tier.Select(x => moves[x]).ToList()).ToList();
            members.SelectMany(x => x).Select(x => x.Wave).Distinct().Count().ShouldBe(1, group.Name);
            members.Zip(members.Skip(1)).ShouldAllBe(x => x.First.Max(y => y.CutoverEnd) <= x.Second.Min(y => y.CutoverStart));
            foreach (var before in request.Groups.Where(x => group.After.Contains(x.Name)))
            {
                before.Tiers.SelectMany(x => x).Max(x => moves[x].CutoverEnd).ShouldBeLessThanOrEqualTo(members.SelectMany(x => x).Min(x => x.CutoverStart));
            }
        }

        schedule.Vms.Max(x => x.CutoverEnd).ShouldBe(schedule.End);
        schedule.BoundEnd.ShouldBeLessThanOrEqualTo(schedule.End);
        schedule.Waves.Sum(x => x.VmCount).ShouldBe(request.Vms.Count);
        schedule.Waves.ShouldAllBe(x => x.Opens <= x.FirstCutover && x.LastCutover <= x.Closes);
    }

    /// <summary>Minute by minute, by the wall clock of the windows' zone.</summary>
    private static bool IsOpen(WindowSet set, DateTime from, DateTime to)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(set.TimeZone);
        for (var at = from; at < to; at = at.AddMinutes(1))
        {
            var wall = TimeZoneInfo.ConvertTimeFromUtc(at, zone);
            if (!set.Weekly.Any(x => Enumerable.Range(0, 8).Any(back => wall.Date.AddDays(-back) is var day && day.DayOfWeek == x.Day
                && wall >= day + x.From.ToTimeSpan() && wall < day + x.From.ToTimeSpan() + TimeSpan.FromMinutes(x.Minutes))))
            {
                return false;
            }
        }

        return true;
    }
}
