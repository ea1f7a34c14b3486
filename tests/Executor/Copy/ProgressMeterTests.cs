using Migrate.Executor.Copy;

namespace Migrate.Executor.Tests.Copy;

public sealed class ProgressMeterTests : IProgress<CopyProgress>
{
    private readonly Clock _clock = new();
    private readonly List<CopyProgress> _reports = [];

    void IProgress<CopyProgress>.Report(CopyProgress value) => _reports.Add(value);

    [Fact]
    public void A_steady_rate_is_reported_as_it_is_with_the_time_left()
    {
        using var meter = new ProgressMeter(1000, this, _clock);
        meter.StartAt(0);
        for (var i = 0; i < 5; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            meter.Add(100);
        }
        _reports[^1].BytesPerSecond.ShouldBe(100, 0.001);
        _reports[^1].Eta!.Value.TotalSeconds.ShouldBe(5, 0.001);
    }

    [Fact]
    public void What_an_earlier_attempt_did_counts_as_done_but_not_as_speed()
    {
        using var meter = new ProgressMeter(1000, this, _clock);
        meter.StartAt(800);
        _clock.Advance(TimeSpan.FromSeconds(1));
        meter.Add(20);
        (_reports[0].BytesDone, _reports[0].BytesPerSecond, _reports[0].Eta).ShouldBe((800, 0, null));
        _reports[^1].BytesPerSecond.ShouldBe(20, 0.001);
    }

    [Fact]
    public void Reports_come_at_most_twice_a_second_but_the_last_one_always()
    {
        using var meter = new ProgressMeter(1000, this, _clock);
        meter.StartAt(0);
        for (var i = 0; i < 100; i++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(10));
            meter.Add(10);
        }
        meter.Finish();
        _reports.Count.ShouldBe(1 + 2 + 1);
        _reports[^1].BytesDone.ShouldBe(1000);
    }

    [Fact]
    public void After_a_stall_the_rate_falls()
    {
        using var meter = new ProgressMeter(100_000, this, _clock);
        meter.StartAt(0);
        _clock.Advance(TimeSpan.FromSeconds(1));
        meter.Add(1000);
        _clock.Advance(TimeSpan.FromSeconds(20));
        meter.Add(1);
        _reports[^1].BytesPerSecond.ShouldBeLessThan(200);
    }

    private sealed class Clock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan by) => _now += by.Ticks;

        public override long GetTimestamp() => _now;
    }
}
