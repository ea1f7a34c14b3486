using Migrate.Benchmarks.Verdict;
using Migrate.Executor.Validation;
using Migrate.Executor.Validation.Latency;
using Migrate.Executor.Validation.Observation;
using Migrate.Planner.Baselines.Histograms;

namespace Migrate.Executor.Tests.Validation.Latency;

public sealed class LatencyJudgeTests
{
    private static readonly DateTime Day = new(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc);
    private static readonly long[] VscsiStats = [1, 10, 100, 500, 1000, 5000, 15_000, 30_000, 50_000, 100_000];

    /// <summary>A data base's log disk: 200 µs, a little spread, neighbours alike.</summary>
    private static readonly LatencyWorld Disk = new("log", 200, 0.25, 0.7);

    private static Move Same { get; } = new("same", us => us);

    /// <summary>800 µs on average, and a tail at 2 ms and more.</summary>
    private static Move Naive { get; } = new("naive", us => us * 4 * (us > 260 ? 2 : 1));

    private static Move Tuned { get; } = new("tuned", us => us * 0.6);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_naive_move_fails_and_a_tuned_one_passes(bool histograms)
    {
        var naive = Judge(Row(Naive, histograms: histograms));
        naive.Outcome.ShouldBe(Outcome.Fail);
        naive.Statement.ShouldStartWith("worse than before: ");
        naive.Figures.Select(x => x.Outcome).Distinct().ShouldBe([Outcome.Fail]);

        var tuned = Judge(Row(Tuned, histograms: histograms));
        tuned.Outcome.ShouldBe(Outcome.Pass, tuned.Statement);
        (tuned.Limits.Count > 0).ShouldBe(histograms);
        tuned.Statement.Contains("Single I/Os were not compared").ShouldBe(!histograms);
    }

    [Fact]
    public void The_same_evidence_gives_the_same_verdict()
    {
        var row = Row(Same, histograms: true);
        var (first, second) = (Judge(row), Judge(row));
        first.Statement.ShouldBe(second.Statement);
        first.Figures.ShouldBe(second.Figures);
    }

    [Fact]
    public void Figures_and_curves_say_what_was_compared()
    {
        var row = Judge(Row(Same));
        row.Figures.Select(x => x.Metric).ShouldBe([LatencyMetric.Mean, LatencyMetric.P50, LatencyMetric.P95, LatencyMetric.P99]);
        row.Figures.ShouldAllBe(x => x.Before.FromUs <= x.Before.Us && x.Before.Us <= x.Before.ToUs && x.LowerUs < x.UpperUs && x.UpperUs < x.LimitUs);
        row.Before.Curve.Zip(row.Before.Curve.Skip(1)).ShouldAllBe(x => x.First.Us <= x.Second.Us && x.First.Share <= x.Second.Share);
        row.Before.Curve[^1].Share.ShouldBe(1, 1e-9);
        row.Coverage.ShouldBeGreaterThan(0.9);
        (row.Hours, row.CommonHours).ShouldBe((24, 24));
    }

    [Fact]
    public void Without_a_histogram_before_means_decide()
    {
        var row = Row(Same, histograms: true);
        var judged = Judge(row with { Before = row.Before with { Counts = [], LimitsUs = [] } });
        judged.Outcome.ShouldBe(Outcome.Pass);
        judged.Statement.ShouldContain("there is no histogram of single I/Os from the source");
    }

    [Fact]
    public void Histograms_of_another_load_are_not_laid_beside_each_other()
    {
        var row = Row(Same, histograms: true);
        var judged = Judge(row with { After = row.After with { Intervals = [.. row.After.Intervals.Select(x => x with { Operations = x.Operations * 3 })] } });
        judged.Limits.ShouldBeEmpty();
        judged.Outcome.ShouldBe(Outcome.Inconclusive); // Nor are the means: no load is the same.
    }

    [Fact]
    public void A_histogram_of_which_nobody_knows_when_it_was_counted_decides_nothing()
    {
        var row = Row(Same, histograms: true);
        var judged = Judge(row with { Before = row.Before with { Counted = null, Counts = [.. row.Before.Counts.Select((x, i) => i < 4 ? x : 0)] } });
        judged.Limits.ShouldBeEmpty();
        judged.Outcome.ShouldBe(Outcome.Pass, judged.Statement); // By the means.
        judged.Statement.ShouldContain("nobody said when made up counted");
        judged.Before.Bins.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData(2, 6)]
    [InlineData(22, 27)]
    public void A_histogram_is_laid_beside_the_hours_in_which_it_was_counted(int from, int to)
    {
        var (same, naive) = (Row(Same, histograms: true), Row(Naive, histograms: true));
        bool IsThen(LatencyInterval x) => x.EndedAt.AddSeconds(-x.Seconds).Hour is var hour && (hour >= from || hour + 24 < to) && hour < to;
        var then = Disk.Observe(Day, TimeSpan.FromDays(1), new Random(3), limitsUs: VscsiStats).Where(IsThen).ToList();
        var before = same.Before with
        {
            Counted = new CountedSpan(Day.AddHours(from), Day.AddHours(to)),
            Counts = [.. Enumerable.Range(0, VscsiStats.Length + 1).Select(bin => then.Sum(x => x.Counts![bin]))],
        };
        List<LatencyInterval> Mixed(DiskLatency inside, DiskLatency outside) => [.. inside.After.Intervals.Zip(outside.After.Intervals, (x, y) => IsThen(x) ? x : y)];

        var worseElsewhere = Judge(same with { Before = before, After = same.After with { Intervals = Mixed(same, naive) } });
        worseElsewhere.Limits.ShouldNotBeEmpty();
        worseElsewhere.Limits.ShouldAllBe(x => x.Outcome != Outcome.Fail);
        worseElsewhere.Outcome.ShouldBe(Outcome.Fail, "the means of the other hours object");
        var worseThen = Judge(same with { Before = before, After = same.After with { Intervals = Mixed(naive, same) } });
        worseThen.Limits.ShouldContain(x => x.Outcome == Outcome.Fail);
        (worseThen.Before.CountedFrom, worseThen.Before.CountedTo).ShouldBe((Day.AddHours(from), Day.AddHours(to)));
    }

    [Fact]
    public void A_gap_that_began_at_its_hours_and_a_busier_day_s_histogram_are_not_laid_beside_it()
    {
        var row = Row(Naive, histograms: true);
        var span = new CountedSpan(Day.AddHours(9), Day.AddHours(9.5));
        var gap = row.After.Intervals.First(x => x.Counts is not null) with { EndedAt = Day.AddDays(8).AddHours(14), Seconds = 5 * 3600 - 600 };
        SingleIos.Of(row.Before with { Counted = span, Counts = [.. row.Before.Counts.Select(x => x / 48)] }, row.After with { Intervals = [gap, .. row.After.Intervals.Where(x => x.EndedAt.Hour == 9)] })
            .Found!.After.Intervals.ShouldAllBe(x => x.Seconds <= 20);

        var (found, why) = SingleIos.Of(row.Before with { Counted = span }, row.After);
        found.ShouldBeNull("a day's I/Os in half an hour");
        why!.ShouldContain("different loads");
    }

    [Fact]
    public void A_histogram_of_hours_that_were_not_seen_after_the_move_is_named_and_left()
    {
        var row = Row(Same, histograms: true);
        var judged = Judge(row with
        {
            Before = row.Before with { Counted = new CountedSpan(Day.AddHours(9), Day.AddHours(9.5)) },
            After = row.After with { Intervals = [.. row.After.Intervals.Where(x => x.EndedAt.AddSeconds(-20).TimeOfDay is var at && (at < TimeSpan.FromHours(9) || at >= TimeSpan.FromHours(9.25)))] },
        });
        judged.Limits.ShouldBeEmpty();
        judged.Statement.ShouldContain("only 45 intervals after the move have I/O at the time of day at which made up counted (09:00 to 09:30 UTC), 50 are needed");
    }

    [Fact]
    public void Too_little_time_is_told_with_how_much_would_do()
    {
        var judged = Judge(Row(new Move("a little slower", us => (us * 1.06) + 40), after: TimeSpan.FromHours(6)));
        judged.Outcome.ShouldBe(Outcome.Inconclusive);
        judged.TimeMayDecide.ShouldBeTrue();
        judged.Missing.ShouldContain(x => x.Contains("lie in hours and loads") || x.Contains("times as much observation"));
    }

    [Fact]
    public void Other_hours_are_no_comparison()
    {
        var row = Row(Same);
        var judged = Judge(row with
        {
            Before = row.Before with { Intervals = [.. row.Before.Intervals.Where(x => x.EndedAt.AddSeconds(-20).Hour < 6)] },
            After = row.After with { Intervals = [.. row.After.Intervals.Where(x => x.EndedAt.AddSeconds(-20).Hour > 12)] },
        });
        judged.Outcome.ShouldBe(Outcome.Inconclusive);
        judged.Missing.ShouldHaveSingleItem().ShouldContain("0 of 6");
    }

    [Fact]
    public void What_is_refused_on_either_side_decides_nothing_however_bad_it_looks()
    {
        var row = Row(Naive);
        var judged = Judge(row with { Before = row.Before with { Refusals = ["12 commands were aborted"] }, After = row.After with { Refusals = ["the domain was restarted"] } });
        judged.Outcome.ShouldBe(Outcome.Inconclusive);
        judged.TimeMayDecide.ShouldBeFalse();
        judged.Missing.ShouldBe(["the figures before decide nothing: 12 commands were aborted", "the figures after decide nothing: the domain was restarted"]);
    }

    [Theory]
    [InlineData(49, 4000, "49 intervals with 5 IOPS or more before, 50 are needed")]
    [InlineData(4000, 49, "49 intervals with 5 IOPS or more after, 50 are needed")]
    public void Too_few_intervals_are_told(int before, int after, string missing)
    {
        var row = Row(Same);
        var judged = Judge(row with
        {
            Before = row.Before with { Intervals = [.. row.Before.Intervals.Take(before)] },
            After = row.After with { Intervals = [.. row.After.Intervals.Take(after)] },
        });
        judged.Outcome.ShouldBe(Outcome.Inconclusive);
        judged.Missing.ShouldBe([missing]);
        judged.Idle.ShouldBeFalse();
    }

    [Fact]
    public void A_disk_without_I_O_to_speak_of_is_idle_and_keeps_nobody_waiting()
    {
        var idle = Row(Same);
        idle = idle with
        {
            DiskKey = 2001,
            Before = idle.Before with { Intervals = [.. idle.Before.Intervals.Select(x => x with { Operations = 20 })] },
            After = idle.After with { Intervals = [.. idle.After.Intervals.Select(x => x with { Operations = 20 })] },
        };
        var rows = LatencyJudge.Compare([Row(Same), idle], 0.05);
        rows.Select(x => (x.Outcome, x.Idle)).ShouldBe([(Outcome.Pass, false), (Outcome.Inconclusive, true)]);
        var evidence = new Evidence { VmName = "db01", Disks = [], DomainType = "kvm" };
        LatencyAspect.Of(evidence, rows).Outcome.ShouldBe(Outcome.Pass);
        LatencyAspect.Of(evidence, [rows[1]]).Outcome.ShouldBe(Outcome.Inconclusive);
    }

    /// <summary>As vscsiStats gives it: half an hour, three blocks of ten minutes.</summary>
    [Fact]
    public void A_histogram_of_half_an_hour_finds_what_is_much_worse_and_leaves_the_rest_to_the_means()
    {
        DiskLatency Short(Move move)
        {
            var row = Row(move, histograms: true);
            return row with { Before = row.Before with { Counts = [.. row.Before.Counts.Select(x => x / 48)] } };
        }

        foreach (var alpha in new[] { 0.05, 0.0004, 1e-6 })
        {
            LatencyJudge.Compare([Short(Naive)], alpha)[0].Outcome.ShouldBe(Outcome.Fail);
        }

        var same = Judge(Short(Same));
        same.Outcome.ShouldBe(Outcome.Pass, same.Statement);
    }

    [Fact]
    public void What_is_hardly_known_is_written_and_not_claimed()
    {
        // One burst carries all of the tail, before and after.
        var row = Row(Same);
        static IReadOnlyList<LatencyInterval> Burst(IReadOnlyList<LatencyInterval> intervals) => [.. intervals.Take(70).Select((x, i) => i is > 30 and < 34 ? x with { MeanUs = x.MeanUs * 400 } : x)];
        row = row with { Before = row.Before with { Intervals = Burst(row.Before.Intervals) }, After = row.After with { Intervals = Burst(row.After.Intervals) } };
        var judged = LatencyJudge.Compare([row], 0.05 / 1024)[0];
        judged.Outcome.ShouldBe(Outcome.Inconclusive);
        System.Text.Json.JsonSerializer.Serialize(new Verdict { VmName = "x", JudgedAt = Day, Outcome = judged.Outcome, Aspects = [], Latencies = [judged] }, ValidationJson.Default.Verdict).ShouldContain("upperUs");
    }

    [Fact]
    public void A_disk_that_nobody_uses_after_the_move_and_hardly_before_is_idle()
    {
        var row = Row(Same);
        var judged = Judge(row with
        {
            Before = row.Before with { Intervals = [.. row.Before.Intervals.Take(20)] },
            After = row.After with { Intervals = [] },
        });
        judged.Idle.ShouldBeTrue();
    }

    [Fact]
    public void A_night_s_batch_that_nobody_saw_after_the_move_is_no_idleness()
    {
        var row = Row(Same);
        var judged = Judge(row with
        {
            Before = row.Before with { Intervals = [.. row.Before.Intervals.Take(45).Select(x => x with { Operations = 20 * 50_000 })] },
            After = row.After with { Intervals = [.. row.After.Intervals.Take(30).Select(x => x with { Operations = 20 })], ObservedSeconds = 600 },
        });
        (judged.Idle, judged.Outcome).ShouldBe((false, Outcome.Inconclusive));
    }

    [Fact]
    public void What_was_missed_for_hours_is_no_mean_of_20_s()
    {
        var row = Row(Same);
        var missed = new LatencyInterval(Day.AddDays(8), 20 * 3600, 20 * 3600 * 200, null, 100);
        var judged = Judge(row with { After = row.After with { Intervals = [.. row.After.Intervals.Take(720), missed] } });
        judged.Outcome.ShouldBe(Outcome.Inconclusive);
        judged.After.UsedIntervals.ShouldBe(720);
        judged.Missing.ShouldContain(x => x.Contains("lie in hours and loads"));
    }

    [Fact]
    public void A_load_that_was_never_there_before_fails_nobody()
    {
        var row = Row(Naive);
        var judged = Judge(row with { After = row.After with { Intervals = [.. row.After.Intervals.Select(x => x with { Operations = x.Operations * 50 })] } });
        judged.Outcome.ShouldBe(Outcome.Inconclusive);
        judged.Coverage.ShouldBe(0);
    }

    [Fact]
    public void What_time_may_mend_leaves_it_to_a_later_look()
    {
        var row = Row(Same);
        DiskLatency Refused(bool mayPass) => row with { After = row.After with { Refusals = ["40 % of 3600 s can be used"], RefusalsMayPass = mayPass } };
        Judge(Refused(true)).TimeMayDecide.ShouldBeTrue();
        Judge(Refused(false)).TimeMayDecide.ShouldBeFalse();
    }

    [Fact]
    public void The_more_disks_are_looked_at_the_more_one_of_them_must_differ()
    {
        // A tail that is a little beyond the margin: found on a disk alone, not among sixty of them.
        var tail = Enumerable.Range(120, 100).Select(percent => Row(new Move("tail", us => us > 300 ? us * percent / 100 : us)))
            .First(row => RowTests.Of(row, LatencyMargins.Standard).FailProbabilities.Min() is > 0.001 and < 0.01);
        LatencyJudge.Compare([tail], 0.05)[0].Outcome.ShouldBe(Outcome.Fail);
        LatencyJudge.Compare([tail, .. Enumerable.Repeat(Row(Same), 60)], 0.05)[0].Outcome.ShouldBe(Outcome.Inconclusive);
    }

    private static LatencyComparison Judge(DiskLatency row) => LatencyJudge.Compare([row], 0.05)[0];

    private static DiskLatency Row(Move move, bool histograms = false, TimeSpan? after = null) => new(
        2000, "Hard disk 1", "write",
        Evidence(Disk.Observe(Day, TimeSpan.FromDays(1), new Random(3), limitsUs: histograms ? VscsiStats : null), histograms ? VscsiStats : [], keepCounts: false),
        Evidence(Disk.Observe(Day.AddDays(7), after ?? TimeSpan.FromDays(1), new Random(4), move, histograms ? HistogramGrid.LimitsUs : null), histograms ? HistogramGrid.LimitsUs : [], keepCounts: true));

    private static LatencyEvidence Evidence(IReadOnlyList<LatencyInterval> intervals, IReadOnlyList<long> limits, bool keepCounts) => new()
    {
        Intervals = [.. intervals.Select(x => keepCounts ? x : x with { Counts = null })],
        LimitsUs = limits,
        ObservedSeconds = intervals.Sum(x => x.Seconds),
        Counts = limits.Count == 0 ? [] : [.. Enumerable.Range(0, limits.Count + 1).Select(bin => intervals.Sum(x => x.Counts![bin]))],
        Origin = limits.Count == 0 ? null : "made up",
        Counted = limits.Count == 0 || keepCounts ? null : new CountedSpan(Day, Day.AddDays(1)),
    };
}
