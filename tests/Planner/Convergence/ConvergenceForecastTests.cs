using Migrate.Planner.Convergence;

namespace Migrate.Planner.Tests.Convergence;

/// <summary>The expected figures are worked out by hand from the formula in the code's remarks.</summary>
public sealed class ConvergenceForecastTests
{
    private const double Mb = 1e6;

    [Theory]
    // 100 GB seed at 100 MB/s: 1000 s; 1 MB/s changes 1 GB: 10 s; then 10 MB. Downtimes with n = 1: 1000, 10, 0.1 s.
    [InlineData(20, 1, 100, 0, 1, 10)]
    [InlineData(5, 1, 100, 0, 2, 0.1)]
    [InlineData(2000, 1, 100, 0, 0, 1000)]
    // With 30 s for each snapshot: t0 = 1030 s, v1 = 1030 MB, d = 10.3 s; t1 = 40.3 s, v2 = 40.3 MB, d = 0.403 s.
    [InlineData(20, 1, 100, 30, 1, 10.3)]
    [InlineData(5, 1, 100, 30, 2, 0.403)]
    // Half of the copy rate changes: each pass halves, 1000 → 500 → 250 → 125.
    [InlineData(130, 50, 100, 0, 3, 125)]
    // Nothing changes: one pass is all.
    [InlineData(1, 0, 100, 0, 1, 0)]
    public void The_passes_needed_and_the_downtime_follow_from_the_rates(double allowed, double change, double copy, double overhead, int passes, double downtime)
    {
        var forecast = ConvergenceForecast.Of(Model(allowed, change, copy) with { OverheadSeconds = overhead });

        forecast.PassesNeeded.ShouldBe(passes);
        forecast.DowntimeSeconds.Likely.ShouldBe(downtime, 1e-6);
        forecast.ChangeRatio.ShouldBe(change / copy, 1e-9);
        (forecast.Code, forecast.Why, forecast.Remedy).ShouldBe((null, null, null));
    }

    [Fact]
    public void What_converting_the_guest_took_when_it_was_rehearsed_is_part_of_the_downtime()
    {
        // 100 GB at 100 MB/s, 1 MB/s changes: downtimes of 1000, 10, 0.1 s, and the conversion each time.
        ConvergenceForecast.Of(Model(20, 1, 100)).PassesNeeded.ShouldBe(1);
        var longer = ConvergenceForecast.Of(Model(20, 1, 100) with { ConversionSeconds = 15 });
        (longer.PassesNeeded, longer.DowntimeSeconds.Likely).ShouldBe((2, 15.1));

        var never = ConvergenceForecast.Of(Model(20, 1, 100) with { ConversionSeconds = 30 });
        (never.Converges, never.Code).ShouldBe((false, "forecast.conversion"));
        never.Why!.ShouldContain("30 s");
    }

    [Theory]
    [InlineData(60, 120, 100, 0, 0, "forecast.change-rate")]
    [InlineData(60, 100, 100, 0, 0, "forecast.change-rate")]
    [InlineData(60, 1, 100, 0, 61, "forecast.fixed-downtime")]
    // t* = 30 / (1 − 0.5) = 60 s, in which 3 GB change: 30 s.
    [InlineData(20, 50, 100, 30, 0, "forecast.overhead")]
    // 0.99 of the copy rate: 1000 · 0.99^28 = 754 s.
    [InlineData(60, 99, 100, 0, 0, "forecast.passes")]
    public void What_does_not_converge_says_why_and_what_to_do(double allowed, double change, double copy, double overhead, double constant, string code)
    {
        var forecast = ConvergenceForecast.Of(Model(allowed, change, copy) with { OverheadSeconds = overhead, FixedDowntimeSeconds = constant });

        forecast.Converges.ShouldBeFalse();
        forecast.Code.ShouldBe(code);
        forecast.Why.ShouldNotBeNullOrEmpty();
        forecast.Remedy.ShouldNotBeNullOrEmpty();
        forecast.DowntimeSeconds.Likely.ShouldBeGreaterThan(allowed - 1e-9);
    }

    [Fact]
    public void A_source_that_is_not_believed_costs_a_reading_of_all_disks_in_each_pass()
    {
        // C / r = 1000 s; in the first pass's 1000 s 1 GB changes, which takes 10 s to read back (n = 2).
        var model = Model(1010, 1, 100) with { ComparedBytes = 100_000 * Mb, LastPassFactor = 2 };
        var forecast = ConvergenceForecast.Of(model);
        (forecast.PassesNeeded, forecast.DowntimeSeconds.Likely).ShouldBe((1, 1010));
        ConvergenceForecast.Of(model with { AllowedDowntimeSeconds = 999 }).Code.ShouldBe("forecast.compared");
    }

    [Fact]
    public void What_is_read_in_the_downtime_to_prove_the_copy_is_part_of_it()
    {
        // After one pass 1 GB is left, 10 s; all of the disks once more take C / r = 1000 s.
        var model = Model(1010, 1, 100) with { VerifiedBytes = 100_000 * Mb };
        var forecast = ConvergenceForecast.Of(model);
        (forecast.PassesNeeded, forecast.DowntimeSeconds.Likely).ShouldBe((1, 1010));
        var never = ConvergenceForecast.Of(model with { AllowedDowntimeSeconds = 999 });
        (never.PassesNeeded, never.Code).ShouldBe((null, "forecast.verification"));
        never.Why.ShouldNotBeNull().ShouldContain("1000 s");
    }

    [Fact]
    public void A_pass_that_the_hours_are_too_short_for_never_comes_to_its_end_unless_none_is_needed()
    {
        var forecast = ConvergenceForecast.Of(Model(20, 1, 100));
        forecast.WithinHours(3600, 3600, "longer hours").ShouldBe(forecast);
        var never = forecast.WithinHours(3601, 3600, "longer hours");
        (never.PassesNeeded, never.Code, never.Remedy).ShouldBe((null, "forecast.hours", "longer hours"));
        never.Why.ShouldNotBeNull().ShouldContain("3601 s");
        var ready = ConvergenceForecast.Of(Model(2000, 1, 100));
        ready.WithinHours(3601, 3600, "longer hours").ShouldBe(ready);
    }

    [Fact]
    public void The_limit_that_overhead_sets_is_where_the_passes_tend_to()
    {
        // t* = 60 s, v* = 3 GB, d* = 30 s: a little more is reached, a little less is not.
        ConvergenceForecast.Of(Model(30.1, 50, 100) with { OverheadSeconds = 30 }).Converges.ShouldBeTrue();
        ConvergenceForecast.Of(Model(29.9, 50, 100) with { OverheadSeconds = 30 }).Code.ShouldBe("forecast.overhead");
    }

    [Fact]
    public void The_band_comes_from_the_best_and_the_worst_rates()
    {
        var forecast = ConvergenceForecast.Of(Model(20, 1, 100) with { ChangeRate = new(0.5 * Mb, 1 * Mb, 2 * Mb), CopyRate = new(50 * Mb, 100 * Mb, 200 * Mb) });

        // After one pass: best 500 s · 0.5 MB/s at 200 MB/s; worst 2000 s · 2 MB/s at 50 MB/s.
        forecast.DowntimeSeconds.Low.ShouldBe(1.25, 1e-9);
        forecast.DowntimeSeconds.High.ShouldBe(80, 1e-9);
        forecast.LastPassBytes.ShouldBe(new Band(250 * Mb, 1000 * Mb, 4000 * Mb));
    }

    [Fact]
    public void Nothing_copies_more_than_the_disks_have()
    {
        var forecast = ConvergenceForecast.Of(Model(1, 1e6, 100));

        forecast.LastPassBytes.Likely.ShouldBe(200_000 * Mb);
        forecast.Code.ShouldBe("forecast.change-rate");
    }

    [Fact]
    public void A_source_that_gives_nothing_is_a_rate_that_changes_outrun()
    {
        var forecast = ConvergenceForecast.Of(Model(60, 1, 0));

        forecast.Code.ShouldBe("forecast.change-rate");
    }

    [Fact]
    public void Passes_that_were_made_replace_what_was_assumed()
    {
        var start = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var before = PassEstimate.Before(100_000_000_000, 200_000_000_000, 40 * Mb, null, 25 * Mb, 60, 28);
        ConvergenceForecast.Of(before).Code.ShouldBe("forecast.change-rate");
        ObservedPass[] passes =
        [
            new(start, null, 100_000_000_000, 0, 1000, 20),
            new(start.AddSeconds(1020), 1_020_000_000, 1_030_000_000, 10_000_000, 10, 20),
            new(start.AddSeconds(1050), 45_000_000, 55_000_000, 10_000_000, 1, 20),
        ];

        var model = PassEstimate.From(passes, before, start.AddSeconds(1071))!;

        model.ChangeRate.ShouldBe(new Band(1 * Mb, 1_065 * Mb / 1050, 1.5 * Mb));
        model.CopyRate.Likely.ShouldBe(100 * Mb, 1); // The deltas are too small to measure a rate by.
        (model.OverheadSeconds, model.SampleBytes).ShouldBe((20, 10_000_000));
        model.NextPassBytes.ShouldBe(21 * 1_065 * Mb / 1050, 1);
        ConvergenceForecast.Of(model with { FixedDowntimeSeconds = 0 }).PassesNeeded.ShouldBe(0);
        PassEstimate.From([], before, start).ShouldBeNull();
    }

    [Fact]
    public void A_pass_that_compared_everything_tells_no_change_rate()
    {
        var start = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var before = PassEstimate.Before(100_000_000_000, 200_000_000_000, 4 * Mb, 9 * Mb, 25 * Mb, 60, 28);

        var model = PassEstimate.From([new(start, null, 1000, 0, 1, 0), new(start.AddSeconds(9), null, 1000, 0, 1, 0)], before, start.AddSeconds(20))!;

        model.ChangeRate.ShouldBe(new Band(0, 4 * Mb, 9 * Mb));
        model.NextPassBytes.ShouldBe(44 * Mb);
    }

    private static PassModel Model(double allowed, double change, double copy) => new()
    {
        AllowedDowntimeSeconds = allowed,
        ChangeRate = Band.Exactly(change * Mb),
        CopyRate = Band.Exactly(copy * Mb),
        NextPassBytes = 100_000 * Mb,
        CapacityBytes = 200_000 * Mb,
        LastPassFactor = 1,
    };
}
