using Migrate.Executor.Copy;

namespace Migrate.Executor.Tests.Copy;

public sealed class DiskVerifyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_single_flipped_bit_changes_the_hash_and_its_extent_is_found()
    {
        var disk = SampleDisk.Random(new Random(7), maxExtents: 30);
        var destination = new MemoryDisk(disk.Length, new Random(1));
        await using var journal = await CopyJournal.OpenAsync(_folder.File("j"), Guid.NewGuid(), disk.Length, Cancel);
        var copied = await DiskCopy.RunAsync(new SampleReader(disk), destination, journal, new CopyOptions(), null, TimeProvider.System, Cancel);
        (await DiskVerify.FindDifferencesAsync(destination, journal, 10, null, TimeProvider.System, Cancel)).ShouldBeEmpty();

        var at = disk.Length - 3;
        destination.Content[at] ^= 4;

        (await DiskVerify.HashAsync(destination, null, TimeProvider.System, Cancel)).ShouldNotBe(copied.SourceHash);
        (await DiskVerify.FindDifferencesAsync(destination, journal, 10, null, TimeProvider.System, Cancel)).ShouldBe([at / Extent.Size * Extent.Size]);
    }
}
