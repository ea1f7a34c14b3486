using Migrate.Planner.Baselines.Series;

namespace Migrate.Planner.Tests.Baselines.Series;

/// <summary>Series of samples: random ones with all that servers do, and ones that look like real load.</summary>
internal static class SampleData
{
    public static SampleSeries Random(Random random, int? count = null)
    {
        var length = count ?? random.Next(0, 200);
        var second = random.NextInt64(0, 4_000_000_000);
        var seconds = new long[length];
        for (var i = 0; i < length; i++)
        {
            seconds[i] = second += random.Next(10) == 0 ? random.Next(1, 100_000) : 20;
        }

        var columns = new Dictionary<DiskCounter, long[]>();
        foreach (var counter in Enum.GetValues<DiskCounter>().Where(_ => random.Next(4) > 0))
        {
            var largest = random.Next(4) switch { 0 => 1, 1 => 1000, 2 => int.MaxValue, _ => long.MaxValue / 4 };
            columns[counter] = [.. seconds.Select(_ => random.Next(8) == 0 ? SampleSeries.Missing : random.NextInt64(0, largest))];
        }

        return SampleSeries.Of(seconds, columns);
    }

    /// <summary>A day's shape with noise on every counter: the worst that is usual.</summary>
    public static SampleSeries Busy(long start, int days)
    {
        var random = new Random(11);
        return Make(start, days, i =>
        {
            var swell = 1 + (0.6 * Math.Sin(2 * Math.PI * i / 4320.0));
            double reads = 400 * swell * Noise(), writes = 250 * swell * Noise(), readUs = 350 * Noise(), writeUs = 600 * Noise();
            return [
                reads, writes, readUs, writeUs, Math.Floor(readUs / 1000), Math.Floor(writeUs / 1000), reads * 16, writes * 8, reads * readUs / 1e6, writes * writeUs / 1e6,
                16384 * Noise(), 8192 * Noise(), reads * 2, reads * 4, reads * 14, 0, 0];
        });

        double Noise() => 0.7 + (0.6 * random.NextDouble());
    }

    public static SampleSeries Idle(long start, int days) => Make(start, days, i => [0, i % 90 == 0 ? 2 : 0, 0, i % 90 == 0 ? 400 : 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

    public static void ShouldEqual(SampleSeries actual, SampleSeries expected)
    {
        actual.Seconds.ShouldBe(expected.Seconds);
        foreach (var counter in Enum.GetValues<DiskCounter>())
        {
            actual.Column(counter).ShouldBe(expected.Column(counter));
        }
    }

    public static void Throws(Action action) => Record.Exception(action).ShouldSatisfyAllConditions(
        e => e.ShouldNotBeNull(), e => (e is InvalidDataException or InvalidOperationException or OverflowException).ShouldBeTrue());

    private static SampleSeries Make(long start, int days, Func<int, double[]> row)
    {
        var count = days * 4320;
        var rows = Enumerable.Range(0, count).Select(row).ToList();
        return SampleSeries.Of(
            [.. Enumerable.Range(0, count).Select(i => start + (20L * i))],
            Enum.GetValues<DiskCounter>().ToDictionary(counter => counter, counter => rows.Select(r => (long)Math.Round(r[(int)counter])).ToArray()));
    }
}
