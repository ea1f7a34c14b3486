using Migrate.Executor.Copy;

namespace Migrate.Executor.Tests.Copy;

public sealed class ExtentPoolTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Copies_that_share_a_pool_never_have_more_than_it_and_give_all_of_it_back()
    {
        using var pool = new ExtentPool(24);
        var options = new CopyOptions { Pool = pool, DestinationIsZero = true, CheckpointBytes = 16 * Extent.Size, ReadBackBeforeJournal = true };
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(async () =>
        {
            var disk = new byte[(80 * Extent.Size) + 512];
            new Random(i).NextBytes(disk);
            var destination = new MemoryDisk(disk.Length, new Random(1));
            await using var journal = await CopyJournal.OpenAsync(_folder.File($"j{i}"), Guid.NewGuid(), disk.Length, Cancel);
            var copied = await DiskCopy.RunAsync(new MappedReader(disk, new Random(i)), destination, journal, options, null, TimeProvider.System, Cancel);
            copied.SourceHash.ShouldBe(await SampleDisk.HashAsync(disk));
        }, Cancel)));

        pool.AllocatedBytes.ShouldBeInRange(Extent.Size, 24 * Extent.Size);
        // All are there again, or this would wait for ever.
        var all = await pool.RentAsync(24, Cancel);
        pool.AllocatedBytes.ShouldBe(24 * Extent.Size);
        Array.ForEach(all, buffer => buffer.Dispose());
    }
}
