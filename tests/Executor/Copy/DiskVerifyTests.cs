using Migrate.Executor.Copy;
using Migrate.Executor.Sources;
using Migrate.Planner.Plans;

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

    [Theory]
    [InlineData(VerifyLevel.ReadBack)]
    [InlineData(VerifyLevel.Source)]
    [InlineData(VerifyLevel.Sample)]
    public async Task Every_level_agrees_with_a_good_copy_and_tells_what_it_looked_at(VerifyLevel level)
    {
        var (disk, destination, journal) = await CopyAsync(20);
        await using var _ = journal;
        var reader = new MappedReader(disk, new Random(2));
        var options = new VerifyOptions { Level = level, Sample = new SelfTestOptions { ShareToFind = 0.5, Certainty = 0.9 }, Random = new Random(3) };

        var result = await DiskVerify.RunAsync(destination, journal, reader, options, null, TimeProvider.System, Cancel);

        result.Agrees.ShouldBeTrue();
        // A sample of four of each kind finds a half of them wrong with 90 %; the disk has ten of each.
        result.ExtentsRead.ShouldBe(level == VerifyLevel.Sample ? 8 : 20);
        reader.BytesRead.ShouldBe(level == VerifyLevel.Source ? disk.Length : 0);
    }

    [Fact]
    public async Task Differences_are_found_on_the_side_where_they_are_zeroes_that_are_none_among_them()
    {
        var (disk, destination, journal) = await CopyAsync(20);
        await using var _ = journal;
        destination.Content[5] ^= 1;
        destination.Content[(3 * Extent.Size) + 17] = 1;
        var source = disk.ToArray();
        source[(8 * Extent.Size) + 1] ^= 1;

        var result = await DiskVerify.RunAsync(destination, journal, new MappedReader(source, new Random(2)), new VerifyOptions { Level = VerifyLevel.Source }, null, TimeProvider.System, Cancel);

        result.Differences.ShouldBe([new(0, DiskSide.Destination), new(3 * Extent.Size, DiskSide.Destination), new(8 * Extent.Size, DiskSide.Source)]);
        (await DiskVerify.FindDifferencesAsync(destination, journal, 1, null, TimeProvider.System, Cancel)).ShouldBe([0]);
    }

    [Fact]
    public async Task Of_a_disk_that_is_wrong_all_over_the_differences_are_counted_and_only_the_first_are_kept()
    {
        var (_, destination, journal) = await CopyAsync(120);
        await using var _ = journal;
        for (var i = 0; i < 120; i++)
        {
            destination.Content[i * Extent.Size] ^= 1;
        }

        var result = await DiskVerify.RunAsync(destination, journal, null, new VerifyOptions(), null, TimeProvider.System, Cancel);

        (result.Agrees, result.Differing).ShouldBe((false, 120));
        result.Differences.Select(d => d.Offset).ShouldBe(Enumerable.Range(0, 100).Select(i => (long)i * Extent.Size));
    }

    [Fact]
    public async Task What_the_destination_keeps_nothing_of_is_not_read_and_yet_compared()
    {
        var (disk, destination, journal) = await CopyAsync(20);
        await using var _ = journal;
        // As a thin disk: every second extent is there.
        destination.Map = [.. Enumerable.Range(0, 20).Select(i => new DiskRange(i * (long)Extent.Size, Extent.Size, i % 2 == 0 ? RangeKind.Data : RangeKind.Hole))];

        var result = await DiskVerify.RunAsync(destination, journal, null, new VerifyOptions(), null, TimeProvider.System, Cancel);
        (result.Agrees, result.ExtentsCompared, result.ExtentsRead).ShouldBe((true, 20, 10));
        (await DiskVerify.HashAsync(destination, null, TimeProvider.System, Cancel)).ShouldBe(await SampleDisk.HashAsync(disk));

        // Data that is gone is a hole, too.
        destination.Map[4] = destination.Map[4] with { Kind = RangeKind.Hole };
        destination.Content.AsSpan(4 * Extent.Size, Extent.Size).Clear();
        (await DiskVerify.FindDifferencesAsync(destination, journal, 10, null, TimeProvider.System, Cancel)).ShouldBe([4 * Extent.Size]);
        (await DiskVerify.HashAsync(destination, null, TimeProvider.System, Cancel)).ShouldNotBe(await SampleDisk.HashAsync(disk));
    }

    [Fact]
    public async Task Only_some_extents_are_compared_when_only_these_are_meant()
    {
        var (disk, destination, journal) = await CopyAsync(20);
        await using var _ = journal;
        destination.Content[0] ^= 1;
        var only = new ExtentSet(disk.Length);
        only.Add(3);
        only.Add(6);
        var result = await DiskVerify.RunAsync(destination, journal, null, new VerifyOptions { Only = only }, null, TimeProvider.System, Cancel);
        (result.Agrees, result.ExtentsCompared).ShouldBe((true, 2));
        only.Add(0);
        (await DiskVerify.RunAsync(destination, journal, null, new VerifyOptions { Only = only }, null, TimeProvider.System, Cancel)).Differences.ShouldBe([new(0, DiskSide.Destination)]);
    }

    [Fact]
    public async Task Read_back_before_it_is_journalled_all_that_was_sent_is_compared_and_zeroes_that_were_not_sent_are_not_read()
    {
        var disk = Disk(20);
        var destination = new MemoryDisk(disk.Length, new Random(1));
        await using var journal = await CopyJournal.OpenAsync(_folder.File("b"), Guid.NewGuid(), disk.Length, Cancel);
        var options = new CopyOptions { ReadBackBeforeJournal = true, CheckpointBytes = 3 * Extent.Size, DestinationIsZero = true };
        var result = await DiskCopy.RunAsync(new MappedReader(disk, new Random(2)), destination, journal, options, null, TimeProvider.System, Cancel);
        result.BytesReadBack.ShouldBe(10 * Extent.Size);
    }

    [Fact]
    public async Task What_was_found_while_it_was_copied_is_not_read_again_and_a_resumed_copy_knows_of_no_more_than_its_own()
    {
        var disk = Disk(20);
        var destination = new MemoryDisk(disk.Length, new Random(1));
        var id = Guid.NewGuid();
        var first = new ExtentSet(disk.Length);
        await using (var journal = await CopyJournal.OpenAsync(_folder.File("f"), id, disk.Length, Cancel))
        {
            destination.FailAtWrite = 6;
            var options = new CopyOptions { ReadBackBeforeJournal = true, FoundThere = first, CheckpointBytes = 2 * Extent.Size, DestinationIsZero = true };
            await Should.ThrowAsync<IOException>(() => DiskCopy.RunAsync(new MappedReader(disk, new Random(2)), destination, journal, options, null, TimeProvider.System, Cancel));
            first.All().ShouldBe(Data(journal));
        }
        destination.FailAtWrite = int.MaxValue;
        await using var again = await CopyJournal.OpenAsync(_folder.File("f"), id, disk.Length, Cancel);
        var second = new ExtentSet(disk.Length);
        var resumed = new CopyOptions { ReadBackBeforeJournal = true, FoundThere = second };
        await DiskCopy.RunAsync(new MappedReader(disk, new Random(2)), destination, again, resumed, null, TimeProvider.System, Cancel);
        first.All().Concat(second.All()).Order().ShouldBe(Data(again));

        // What is damaged behind the one that has found it there is found by the one that has not.
        foreach (var index in Data(again))
        {
            destination.Content[index * Extent.Size] ^= 1;
        }
        var rest = new VerifyOptions { Only = ExtentSet.Except(null, second, disk.Length) };
        var result = await DiskVerify.RunAsync(destination, again, null, rest, null, TimeProvider.System, Cancel);
        result.Differences.Select(d => d.Offset / Extent.Size).ShouldBe(first.All());
        result.ExtentsCompared.ShouldBe(20 - second.Count);

        static long[] Data(CopyJournal journal) => [.. Enumerable.Range(0, 20).Select(i => (long)i).Where(i => journal.Hashes.IsKnown(i) && !journal.Hashes.IsZero(i))];
    }

    [Fact]
    public async Task A_destination_that_spoils_what_it_is_given_is_found_out_before_the_journal_vouches_for_it_and_a_retry_mends_it()
    {
        var disk = Disk(12);
        var destination = new MemoryDisk(disk.Length, new Random(1));
        destination.OnWrite = n => { if (n == 4) { destination.Spoil = true; } };
        var options = new CopyOptions { ReadBackBeforeJournal = true, DestinationIsZero = true };
        var id = Guid.NewGuid();
        await using (var journal = await CopyJournal.OpenAsync(_folder.File("s"), id, disk.Length, Cancel))
        {
            var error = await Should.ThrowAsync<Planner.MigrateException>(() => DiskCopy.RunAsync(new MappedReader(disk, new Random(2)), destination, journal, options, null, TimeProvider.System, Cancel));
            error.Code.ShouldBe("copy.hash-mismatch");
        }
        destination.OnWrite = null;
        await using var again = await CopyJournal.OpenAsync(_folder.File("s"), id, disk.Length, Cancel);
        await DiskCopy.RunAsync(new MappedReader(disk, new Random(2)), destination, again, options, null, TimeProvider.System, Cancel);
        destination.Content.AsSpan().SequenceEqual(disk).ShouldBeTrue();
    }

    private async Task<(byte[] Disk, MemoryDisk Destination, CopyJournal Journal)> CopyAsync(int extents)
    {
        var disk = Disk(extents);
        var destination = new MemoryDisk(disk.Length, new Random(1));
        var journal = await CopyJournal.OpenAsync(_folder.File("c"), Guid.NewGuid(), disk.Length, Cancel);
        await DiskCopy.RunAsync(new MappedReader(disk, new Random(2)), destination, journal, new CopyOptions(), null, TimeProvider.System, Cancel);
        return (disk, destination, journal);
    }

    /// <summary>Every second extent holds data, the first one does.</summary>
    private static byte[] Disk(int extents)
    {
        var disk = new byte[extents * Extent.Size];
        for (var i = 0; i < extents; i += 2)
        {
            new Random(i).NextBytes(disk.AsSpan(i * Extent.Size, Extent.Size));
        }
        return disk;
    }
}
