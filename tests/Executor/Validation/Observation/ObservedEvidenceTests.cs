using Migrate.Executor.Validation.Observation;

namespace Migrate.Executor.Tests.Validation.Observation;

public sealed class ObservedEvidenceTests
{
    private static readonly DateTime Start = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void Intervals_with_IO_make_the_series_and_all_of_them_the_histogram()
    {
        var evidence = Of([Interval(1, IntervalMarks.None, 100), Interval(2, IntervalMarks.None, 0), Interval(3, IntervalMarks.None, 50)], 60);
        var read = evidence.Latencies.ShouldHaveSingleItem().Read;
        (read.Origin, read.Refusals.Count).ShouldBe(("QEMU", 0));
        read.LimitsUs.ShouldBe(HistogramGrid.LimitsUs);
        read.Intervals.Select(x => (x.EndedAt, x.Seconds, x.Operations, x.Bytes, x.MeanUs)).ShouldBe([(Start.AddSeconds(20), 20, 100, 409_600, 130), (Start.AddSeconds(60), 20, 50, 204_800, 130)]);
        read.Intervals[0].Counts!.Sum().ShouldBe(100);
        read.Counts.Sum().ShouldBe(150);
        evidence.Latencies[0].Write.Intervals.ShouldBeEmpty();
    }

    [Fact]
    public void What_was_beside_copies_is_left_out_and_counts_as_not_seen()
    {
        var read = Of([Interval(1, IntervalMarks.None, 100), Interval(2, IntervalMarks.BesideCopy, 7000), Interval(3, IntervalMarks.None, 1)], 60).Latencies[0].Read;
        read.Intervals.Sum(x => x.Operations).ShouldBe(101);
        read.Refusals.ShouldHaveSingleItem().ShouldBe("67 % of 60 s can be used, 90 % are needed; in 33 % of the time runs copied to the same storage");
    }

    [Fact]
    public void A_gap_is_not_seen() => Of([Interval(1, IntervalMarks.None, 100)], 60).Latencies[0].Write.Refusals.ShouldHaveSingleItem().ShouldStartWith("33 % of 60 s");

    private static ObservedEvidence Of(IReadOnlyList<ObservedInterval> intervals, int seconds) =>
        ObservedEvidence.Of(new ObservationState { At = Start.AddSeconds(seconds), Disks = [new ObservedDisk(2000, "Hard disk 1", "ua-disk-2000")] }, intervals, Start, null);

    private static ObservedInterval Interval(int number, IntervalMarks marks, long reads)
    {
        var bins = new long[HistogramGrid.Bins];
        bins[HistogramGrid.LimitsUs.ToList().IndexOf(150)] = reads;
        var none = new DirectionTotals(0, 0, 0, new long[HistogramGrid.Bins]);
        return new ObservedInterval(Start.AddSeconds(20 * number), 20_000, marks, [new DiskTotals(new DirectionTotals(reads, reads * 4096, reads * 130_000, bins), none, none, 0, 0, 0)]);
    }
}
