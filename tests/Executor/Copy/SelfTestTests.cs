using Migrate.Executor.Copy;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Executor.Tests.Copy;

public sealed class SelfTestTests
{
    [Fact]
    public void The_default_sample_finds_one_wrong_extent_in_a_hundred_with_a_probability_of_99_percent()
    {
        var size = new SelfTestOptions().SampleSize;
        size.ShouldBe(459);
        new SelfTestSample(1_000_000, size).DetectionProbability(10_000).ShouldBeInRange(0.99, 0.991);
        new SelfTestSample(1_000_000, size - 1).DetectionProbability(10_000).ShouldBeLessThan(0.99005);
    }

    [Theory]
    [InlineData(1000, 1000, 1, 1)]
    [InlineData(1000, 100, 1, 0.1)]
    [InlineData(10, 3, 8, 1)]
    [InlineData(10, 3, 0, 0)]
    [InlineData(4, 2, 2, 0.8333)]
    public void The_probability_is_that_of_drawing_without_putting_back(long unchanged, long sampled, long wrong, double expected) =>
        new SelfTestSample(unchanged, sampled).DetectionProbability(wrong).ShouldBe(expected, 0.0001);

    [Fact]
    public async Task Many_draws_find_as_often_as_is_stated_and_never_look_at_what_changed()
    {
        const int Extents = 1000, Size = 60, Trials = 4000;
        var random = new Random(4);
        var areas = Enumerable.Range(0, 200).Select(i => new ChangedArea(((long)i * 5 + 2) * Extent.Size + 100, 4096));
        var changed = await ExtentSet.OfAsync(areas.ToAsyncEnumerable(), (long)Extents * Extent.Size, TestContext.Current.CancellationToken);
        changed.Count.ShouldBe(200);
        // Twelve extents that the source forgot to name.
        var forgotten = Enumerable.Range(0, Extents).Where(i => i % 5 != 2).OrderBy(_ => random.Next()).Take(12).Select(i => (long)i).ToHashSet();
        var found = 0;
        var drawn = new int[Extents];
        for (var trial = 0; trial < Trials; trial++)
        {
            var (counts, sample) = SelfTestSample.Draw(changed, _ => true, Size, random);
            counts.ShouldBe(new SelfTestSample(800, Size));
            Array.ForEach(sample, i => drawn[i]++);
            found += sample.Any(forgotten.Contains) ? 1 : 0;
        }

        drawn.Where((_, i) => i % 5 == 2).ShouldAllBe(n => n == 0);
        // Each other extent was drawn about 300 times; six standard deviations are 101.
        drawn.Where((_, i) => i % 5 != 2).ShouldAllBe(n => n > 190 && n < 410);
        var stated = new SelfTestSample(800, Size).DetectionProbability(12);
        stated.ShouldBeInRange(0.5, 0.7);
        ((double)found / Trials).ShouldBe(stated, 0.04);
    }

    [Fact]
    public void A_disk_with_fewer_extents_than_the_sample_is_read_whole()
    {
        var (counts, sample) = SelfTestSample.Draw(new ExtentSet(10L * Extent.Size + 512), _ => true, 459, new Random(1));
        counts.ShouldBe(new SelfTestSample(11, 11));
        sample.ShouldBe(Enumerable.Range(0, 11).Select(i => (long)i));
    }
}
