using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Planner.Tests.VSphere.ChangeTracking;

public sealed class ChangedAreaReaderTests
{
    private const long Capacity = (10L << 20) + 512;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Empty_pages_do_not_end_the_walk_and_the_end_of_the_disk_is_never_asked_for()
    {
        var asked = new List<long>();
        var areas = await ReadAsync(offset =>
        {
            asked.Add(offset);
            return new(offset, Math.Min(1 << 20, Capacity - offset), offset == 7 << 20 ? [new(offset + 4096, 512)] : []);
        });
        areas.ShouldBe([new((7 << 20) + 4096, 512)]);
        asked.ShouldBe(Enumerable.Range(0, 11).Select(i => (long)i << 20));
    }

    [Fact]
    public async Task Neighbours_overlaps_and_disorder_become_ascending_areas_inside_the_disk()
    {
        var pages = new Queue<ChangedAreaPage>(
        [
            new(0, 1 << 20, [new(65536, 65536), new(0, 65536), new(500_000, 10), new(500_005, 100_000)]),
            // Answers may begin before the offset asked for, repeat what was told and reach behind the disk.
            new(65536, Capacity + 65536, [new(65536, 65536), new(1 << 20, 512), new(Capacity - 100, 65536), new(Capacity + 10, 65536)]),
        ]);
        (await ReadAsync(_ => pages.Dequeue())).ShouldBe([new(0, 131072), new(500_000, 100_005), new(1 << 20, 512), new(Capacity - 100, 100)]);
    }

    [Fact]
    public async Task An_area_that_comes_after_its_place_was_passed_over_is_not_lost_silently()
    {
        var pages = new Queue<ChangedAreaPage>([new(0, 1 << 20, [new(0, 65536), new(500_000, 10)]), new(65536, Capacity, [new(131072, 65536)])]);
        var refused = await Should.ThrowAsync<MigrateException>(() => ReadAsync(_ => pages.Dequeue()));
        (refused.Code, refused.Message.Contains("131072")).ShouldBe(("source.cbt-answer", true));
    }

    [Fact]
    public async Task Areas_that_touch_across_two_pages_are_one()
    {
        var areas = await ReadAsync(offset => offset == 0 ? new(0, 65536, [new(0, 65536)]) : new(65536, Capacity - 65536, [new(65536, 65536)]));
        areas.ShouldBe([new(0, 131072)]);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, -1)]
    [InlineData(5, 100)]
    public async Task An_answer_that_does_not_lead_on_is_an_error_and_no_endless_loop(long start, long length)
    {
        var refused = await Should.ThrowAsync<MigrateException>(() => ReadAsync(_ => new(start, length, [])));
        refused.Code.ShouldBe("source.cbt-answer");
        refused.Message.ShouldContain("Hard disk 1");
    }

    [Fact]
    public async Task Areas_with_impossible_numbers_are_refused()
    {
        (await Should.ThrowAsync<MigrateException>(() => ReadAsync(_ => new(0, Capacity, [new(-512, 1024)])))).Code.ShouldBe("source.cbt-answer");
        (await Should.ThrowAsync<MigrateException>(() => ReadAsync(_ => new(0, Capacity, [new(long.MaxValue - 10, 1024)])))).Code.ShouldBe("source.cbt-answer");
    }

    [Fact]
    public async Task A_disk_of_no_bytes_is_not_asked_about()
    {
        var areas = await ChangedAreaReader.ReadAsync((_, _) => throw new InvalidOperationException("asked"), 0, "Hard disk 1", Cancel).ToListAsync(Cancel);
        areas.ShouldBeEmpty();
    }

    private static async Task<List<ChangedArea>> ReadAsync(Func<long, ChangedAreaPage> page) =>
        await ChangedAreaReader.ReadAsync((offset, _) => Task.FromResult(page(offset)), Capacity, "Hard disk 1", Cancel).ToListAsync(Cancel);
}
