using Migrate.Executor.Copy;
using Migrate.Executor.Sources;
using Migrate.Executor.Tests.Copy;
using Migrate.Planner;

namespace Migrate.Executor.Tests.Sources;

public sealed class RawFileReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_image_is_copied_as_it_is()
    {
        var disk = SampleDisk.Random(new Random(5), maxExtents: 50);
        await File.WriteAllBytesAsync(_folder.File("d.raw"), disk, Cancel);
        await using var reader = RawFileReader.Open(_folder.File("d.raw"));
        var destination = new MemoryDisk(disk.Length, new Random(1));
        await using var journal = await CopyJournal.OpenAsync(_folder.File("j"), Guid.NewGuid(), disk.Length, Cancel);

        var result = await DiskCopy.RunAsync(reader, destination, journal, new CopyOptions(), null, TimeProvider.System, Cancel);

        destination.Content.AsSpan().SequenceEqual(disk).ShouldBeTrue();
        result.SourceHash.ShouldBe(await SampleDisk.HashAsync(disk));
    }

    [Fact]
    public void A_missing_image_is_named() => Should.Throw<MigrateException>(() => RawFileReader.Open(_folder.File("none.raw"))).Code.ShouldBe("source.disk-unreadable");
}
