using Migrate.Planner.Concerns;
using Migrate.Planner.Scheduling;
using Migrate.Planner.Tests.Scheduling;
using Migrate.Planner.Waves;
using static Migrate.Planner.Tests.Waves.SampleEstates;

namespace Migrate.Planner.Tests.Waves;

public sealed class WavePlannerTests
{
    private static readonly SearchLimits Short = new() { Schedules = 60 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Every_plan_keeps_windows_orders_limits_and_capacities(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 15; i++)
        {
            var request = Random(random);

            var placed = WavePlanner.Place(request, Short, TimeProvider.System, Cancel);
            var plan = WavePlanner.Plan(request, Short, TimeProvider.System, Cancel);

            SampleProjects.ShouldKeepAll(placed.Waves.Project, new Schedule(placed.Starts, placed.Found.Schedule.End));
            ShouldKeepAll(request, plan);
        }
    }

    [Fact]
    public void One_seed_finds_one_plan()
    {
        var request = Random(new Random(5));

        var one = WavePlanner.Plan(request, Short, TimeProvider.System, Cancel);
        var other = WavePlanner.Plan(request, Short, TimeProvider.System, Cancel);

        one.IsCutShort.ShouldBeFalse();
        other.Vms.ShouldBe(one.Vms);
    }

    [Fact]
    public void A_vm_moves_in_the_first_opening_after_its_copy_and_says_so()
    {
        var plan = Plan(Of(Vm("a")) with { Windows = [Nights] });

        var move = plan.Vms.ShouldHaveSingleItem();
        move.CopyStart.ShouldBe(Start);
        move.CutoverStart.ShouldBe(Start.AddHours(22));
        move.Why.Constraint.ShouldBe("window");
        move.Why.Text.ShouldContain("a (33.5 GiB at 9.5 MiB/s) cannot be copied before Mon 2026-03-02 01:00 UTC");
        move.Why.Text.ShouldContain("Mon 2026-03-02 22:00 UTC");
    }

    [Fact]
    public void What_is_used_up_is_named()
    {
        var plan = Plan(Of(Vm("a"), Vm("b"), Vm("c")) with { CutoversAtOnce = 1 });

        var last = plan.Vms[^1];
        last.Why.Constraint.ShouldBe("capacity");
        last.Why.Subject.ShouldBe("cutovers at once");
    }

    [Fact]
    public void A_narrow_datastore_is_named_and_makes_copies_wait()
    {
        CapacityUse[] uses = [new("ds", 1)];

        var plan = Plan(Of(Vm("a") with { Uses = uses }, Vm("b") with { Uses = uses }) with { Capacities = [new CopyCapacity("ds", "datastore ds1", 10_000_000)] });

        plan.Vms.Select(x => x.CopyStart).ShouldBe([Start, plan.Vms[0].CopyEnd]);
        plan.Vms[1].Why.ShouldBe(new WaveReason(
            "capacity", "datastore ds1", $"{plan.Vms[1].Name} (33.5 GiB at 9.5 MiB/s) cannot be copied before Mon 2026-03-02 02:00 UTC, since datastore ds1 has no room at Mon 2026-03-02 00:55 UTC."));
    }

    [Fact]
    public void Copies_rest_while_their_datastore_is_busy()
    {
        // Closed from 01:00 to 05:00: a copy of three hours has one before and two behind.
        double[] hours = [.. Enumerable.Range(0, 168).Select(x => x % 24 is >= 1 and < 5 ? 0.0 : 1)];
        var plan = Plan(Of(Vm("a") with { CopyBytes = 108_000_000_000, Uses = [new CapacityUse("ds", 1)] }) with { Capacities = [new CopyCapacity("ds", "ds", 10_000_000, hours)] });

        plan.Vms[0].CopyStart.ShouldBe(Start);
        plan.Vms[0].CopyEnd.ShouldBe(Start.AddHours(7));
        plan.Vms[0].Why.Text.ShouldContain("too much load of its own");
    }

    [Fact]
    public void A_vm_that_changes_much_is_copied_shortly_before_its_cutover_and_one_that_does_not_at_once()
    {
        // A fifth of 36 GB at 1 MB/s: two hours.
        var plan = Plan(Of(Vm("busy") with { ChangeBytesPerSecond = 1_000_000 }, Vm("calm")) with { Windows = [Nights] });

        var busy = plan.Vms.Single(x => x.Key == "busy");
        (busy.CutoverStart - busy.CopyEnd).ShouldBe(TimeSpan.FromHours(2));
        plan.Vms.Single(x => x.Key == "calm").CopyStart.ShouldBe(Start);
    }

    [Fact]
    public void A_cold_vm_is_copied_in_its_window_and_is_down_all_the_while()
    {
        var plan = Plan(Of(Vm("a", MigrationMode.Cold)) with { Windows = [Nights] });

        var move = plan.Vms.ShouldHaveSingleItem();
        (move.CopyStart, move.CutoverStart).ShouldBe((Start.AddHours(22), Start.AddHours(22)));
        move.CutoverEnd.ShouldBeGreaterThanOrEqualTo(move.CutoverStart.AddHours(1));
        move.DowntimeSeconds.Likely.ShouldBe(3600 + 120, tolerance: 0.001);
    }

    [Fact]
    public void What_is_settled_keeps_its_time_and_others_make_room()
    {
        var pin = new Pin("a", Start.AddHours(30), "kvm1", Start, Start.AddHours(1));
        var plan = Plan(Of(Vm("a"), Vm("b") with { NotBefore = Start.AddHours(28) }) with { CutoversAtOnce = 1, AttentionMinutes = 120, Pins = [pin] });

        var settled = plan.Vms.Single(x => x.Key == "a");
        (settled.CutoverStart, settled.Why.Constraint).ShouldBe((Start.AddHours(30), "pinned"));
        plan.Vms.Single(x => x.Key == "b").CutoverStart.ShouldBe(Start.AddHours(32));
    }

    [Fact]
    public void An_edit_leaves_others_where_they_were()
    {
        var request = Random(new Random(9)) with { Groups = [], Blackouts = [] };
        var before = Plan(request);
        var edited = before.Vms[^1].Key;

        var after = Plan(request with
        {
            Vms = [.. request.Vms.Select(x => x.Key == edited ? x with { CopyBytes = x.CopyBytes / 2, NotBefore = null } : x)],
            Pins = [.. before.Vms.Where(x => x.Key != edited).Select(x => new Pin(x.Key, x.CutoverStart, x.Host, x.CopyStart, x.CopyEnd))],
        });

        after.Vms.Where(x => x.Key != edited).ToDictionary(x => x.Key, x => (x.CutoverStart, x.Host)).ShouldBe(
            before.Vms.Where(x => x.Key != edited).ToDictionary(x => x.Key, x => (x.CutoverStart, x.Host)), ignoreOrder: true);
        after.Vms.Single(x => x.Key == edited).CutoverStart.ShouldBeLessThanOrEqualTo(before.Vms[^1].CutoverStart);
    }

    [Fact]
    public void Vms_are_spread_over_hosts_and_those_that_must_be_apart_are()
    {
        var plan = Plan(Of([.. Enumerable.Range(0, 4).Select(x => Vm($"vm{x}"))]) with { Hosts = [Host("kvm1"), Host("kvm2")], Apart = [["vm0", "vm1"]] });

        plan.Vms.CountBy(x => x.Host).ShouldAllBe(x => x.Value == 2);
        plan.Vms.Single(x => x.Key == "vm0").Host.ShouldNotBe(plan.Vms.Single(x => x.Key == "vm1").Host);
    }

    [Fact]
    public void All_that_is_wrong_is_told_at_once()
    {
        var request = Of(Vm("a") with { Windows = "never" }, Vm("b") with { Uses = [new CapacityUse("ds9", 1)] }) with
        {
            CutoversAtOnce = 0,
            Windows = [new WindowSet("odd", "Mars/Olympus", [], [])],
            Groups = [new MoveGroup("g", [["x"]], ["h"])],
        };

        var refused = Should.Throw<MigrateException>(() => Plan(request));

        refused.Code.ShouldBe("wave.impossible");
        foreach (var part in new[] { "cutovers at once is 0", "Mars/Olympus", "'odd' never opens", "'never', which are not there", "ds9", "a VM x", "'h', which is no group" })
        {
            refused.Message.ShouldContain(part);
        }
    }

    [Fact]
    public void What_has_no_room_and_what_no_window_is_alwaysenough_for_is_told()
    {
        var request = Of(Vm("huge") with { MemoryBytes = 4096 * GiB }, Vm("slow", MigrationMode.Cold) with { CopyBytes = 1000 * GiB }) with { Windows = [Nights] };

        var refused = Should.Throw<MigrateException>(() => Plan(request));

        refused.Message.ShouldContain("huge wants 2 vCPUs, 4 TiB of memory");
        refused.Message.ShouldContain("slow takes 29.9 h to cut over, and its windows are open for 2 h at most, in whole slots of 5 min");
    }

    [Fact]
    public void Windows_are_of_the_wall_clock_when_it_changes()
    {
        // 2026-03-29: Lisbon goes from UTC to UTC+1.
        var set = new WindowSet("lisbon", "Europe/Lisbon", [.. Enum.GetValues<DayOfWeek>().Select(x => new WeeklyWindow(x, new TimeOnly(22, 0), 60))], []);
        var request = Of(Vm("a") with { NotBefore = new DateTime(2026, 3, 28, 12, 0, 0, DateTimeKind.Utc) }, Vm("b") with { NotBefore = new DateTime(2026, 3, 29, 12, 0, 0, DateTimeKind.Utc) })
            with
        { Windows = [set] };

        Plan(request).Vms.Select(x => x.CutoverStart.Hour).ShouldBe([22, 21]);
    }

    [Fact]
    public void Windows_close_by_the_wall_clock_and_alwaysones_that_opened_before_are_seen()
    {
        // In the night to 2026-03-29 Lisbon's clock leaves an hour out: 06:00 is 05:00 UTC.
        var spring = new WindowSet("lisbon", "Europe/Lisbon", [new WeeklyWindow(DayOfWeek.Saturday, new TimeOnly(22, 0), 480)], []);
        Plan(Of(Vm("a") with { NotBefore = new DateTime(2026, 3, 28, 12, 0, 0, DateTimeKind.Utc) }) with { Windows = [spring] }).Waves[0].Closes.ShouldBe(new DateTime(2026, 3, 29, 5, 0, 0, DateTimeKind.Utc));

        var always = new WindowSet("long", "UTC", [new WeeklyWindow(DayOfWeek.Friday, new TimeOnly(18, 0), 100 * 60)], []);
        Plan(Of(Vm("a")) with { Windows = [always] }).Vms[0].CutoverStart.ShouldBe(Start.AddHours(1), "it has been open since Friday");
    }

    [Fact]
    public void A_group_whose_vms_may_be_off_at_different_times_is_refused()
    {
        var request = Of(Vm("a") with { Windows = "nights" }, Vm("b") with { Windows = "other" }) with
        {
            Windows = [Nights, Nights with { Name = "other" }],
            Groups = [new MoveGroup("app", [["a"], ["b"]], [])],
        };

        Should.Throw<MigrateException>(() => Plan(request)).Message.ShouldContain("different windows (nights, other)");
    }

    [Fact]
    public void A_copy_that_cannot_be_over_in_time_is_named_once()
    {
        var refused = Should.Throw<MigrateException>(() => Plan(Of(Vm("slow") with { BytesPerSecond = 1 })));

        refused.Code.ShouldBe("wave.impossible");
        refused.Message.ShouldContain("slow takes 416666.7 days to be copied from Mon 2026-03-02 00:00 UTC on");
    }

    private static WaveSchedule Plan(WaveRequest request) => WavePlanner.Plan(request, Short, TimeProvider.System, Cancel);
}
