using Migrate.Executor.Copy;
using Migrate.Executor.Tests.Jobs;
using Migrate.Planner;

namespace Migrate.Executor.Tests.Copy;

public sealed class DiskCopyTests : IDisposable
{
    private static readonly Guid Disk = Guid.Parse("6f1c3f6e-0e5e-4e08-9d0c-56f8dd1f6a11");
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string JournalPath => _folder.File("disk.journal");

    public static IEnumerable<TheoryDataRow<int>> Seeds => Enumerable.Range(1, 25).Select(i => new TheoryDataRow<int>(i));

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(Seeds))]
    public async Task Any_disk_arrives_as_it_is_on_a_fresh_destination_and_on_a_used_one(int seed)
    {
        var random = new Random(seed);
        var disk = SampleDisk.Random(random);
        foreach (var used in new[] { false, true })
        {
            var destination = new MemoryDisk(used ? Garbage(disk.Length, random) : new byte[disk.Length], random);
            File.Delete(JournalPath);

            var result = await CopyAsync(new SampleReader(disk, random), destination, new CopyOptions { DestinationIsZero = !used });

            destination.Content.AsSpan().SequenceEqual(disk).ShouldBeTrue();
            result.SourceHash.ShouldBe(await SampleDisk.HashAsync(disk));
            (result.BytesWritten + result.BytesZero).ShouldBe(disk.Length);
            result.BytesWritten.ShouldBe(destination.BytesWritten);
            if (!used)
            {
                destination.ZeroCommands.ShouldBe(0);
            }
        }
    }

    [Theory, MemberData(nameof(Seeds))]
    public async Task After_any_chain_of_faults_and_crashes_the_destination_equals_the_source(int seed)
    {
        var random = new Random(seed);
        var disk = SampleDisk.Random(random, maxExtents: 24);
        var destination = new MemoryDisk(disk.Length, random);
        var options = new CopyOptions { DestinationIsZero = true, ExtentsInFlight = random.Next(1, 9), CheckpointBytes = random.Next(1, 6) * Extent.Size };
        var anywhere = random.Next(2) == 0;

        for (var attempt = 0; attempt < 6; attempt++)
        {
            var reader = new SampleReader(disk, random) { CanStartAnywhere = anywhere, BreakAt = random.Next(3) == 0 ? random.Next(disk.Length) : long.MaxValue };
            destination.FailAtWrite = random.Next(2) == 0 ? random.Next(1, 60) : int.MaxValue;
            destination.FailFlush = random.Next(8) == 0;
            using var cancel = new CancellationTokenSource();
            var cancelAt = random.Next(4) == 0 ? random.Next(1, 40) : int.MaxValue;
            destination.OnWrite = n => { if (n == cancelAt) { cancel.Cancel(); } };
            try
            {
                await using var journal = await CopyJournal.OpenAsync(JournalPath, Disk, disk.Length, Cancel);
                await DiskCopy.RunAsync(reader, destination, journal, options, null, TimeProvider.System, cancel.Token);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // One of the faults above; the next attempt goes on.
            }
            destination = destination.Crash();
        }

        var result = await CopyAsync(new SampleReader(disk, random) { CanStartAnywhere = anywhere }, destination, options);
        destination.Content.AsSpan().SequenceEqual(disk).ShouldBeTrue();
        result.SourceHash.ShouldBe(await SampleDisk.HashAsync(disk));
        (await DiskVerify.HashAsync(destination, null, TimeProvider.System, Cancel)).ShouldBe(result.SourceHash);
    }

    [Fact]
    public async Task A_resumed_copy_starts_at_the_first_gap_and_writes_nothing_twice()
    {
        var disk = Data(20);
        var destination = new MemoryDisk(disk.Length, new Random(1));
        var broken = new SampleReader(disk) { BreakAt = 11 * Extent.Size };
        (await Should.ThrowAsync<IOException>(() => CopyAsync(broken, destination))).Message.ShouldBe("the source broke");
        destination.BytesWritten.ShouldBe(11 * Extent.Size);

        var reader = new SampleReader(disk);
        var result = await CopyAsync(reader, destination);

        reader.StartedAt.ShouldBe(11 * Extent.Size);
        result.BytesWritten.ShouldBe(9 * Extent.Size);
        destination.Offsets.Distinct().Count().ShouldBe(20);
        destination.Content.AsSpan().SequenceEqual(disk).ShouldBeTrue();
    }

    [Fact]
    public async Task A_reader_that_sends_everything_again_has_journalled_extents_checked_but_not_written()
    {
        var disk = Data(8);
        var destination = new MemoryDisk(disk.Length, new Random(1));
        await Should.ThrowAsync<IOException>(() => CopyAsync(new SampleReader(disk) { CanStartAnywhere = false, BreakAt = 5 * Extent.Size }, destination));

        var reader = new SampleReader(disk) { CanStartAnywhere = false };
        var result = await CopyAsync(reader, destination);

        reader.StartedAt.ShouldBe(0);
        result.BytesRead.ShouldBe(disk.Length);
        result.BytesWritten.ShouldBe(3 * Extent.Size);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_source_that_changed_between_attempts_is_noticed(bool becameZero)
    {
        var disk = Data(6);
        var destination = new MemoryDisk(disk.Length, new Random(1));
        await Should.ThrowAsync<IOException>(() => CopyAsync(new SampleReader(disk) { CanStartAnywhere = false, BreakAt = 4 * Extent.Size }, destination));

        if (becameZero)
        {
            disk.AsSpan(2 * Extent.Size, Extent.Size).Clear();
        }
        else
        {
            disk[(2 * Extent.Size) + 77] ^= 1;
        }

        var error = await Should.ThrowAsync<MigrateException>(() => CopyAsync(new SampleReader(disk, becameZero ? new Random(3) : null) { CanStartAnywhere = false }, destination));
        error.Code.ShouldBe("source.changed");
        error.Message.ShouldContain($"{2 * Extent.Size}");
    }

    [Fact]
    public async Task A_finished_copy_run_again_reads_and_writes_nothing_and_knows_its_hash()
    {
        var disk = Data(3);
        var destination = new MemoryDisk(disk.Length, new Random(1));
        var first = await CopyAsync(new SampleReader(disk), destination);

        var reader = new SampleReader(disk);
        var again = await CopyAsync(reader, destination);

        again.SourceHash.ShouldBe(first.SourceHash);
        again.BytesWritten.ShouldBe(0);
        reader.StartedAt.ShouldBe(-1);
    }

    [Fact]
    public async Task Zeroes_are_written_when_the_journal_is_new_but_the_caller_does_not_vouch_for_the_destination()
    {
        var disk = new byte[5 * Extent.Size];
        var destination = new MemoryDisk(Garbage(disk.Length, new Random(2)), new Random(2));

        var result = await CopyAsync(new SampleReader(disk, new Random(1)), destination, new CopyOptions());

        destination.Content.AsSpan().SequenceEqual(disk).ShouldBeTrue();
        result.BytesZero.ShouldBe(disk.Length);
        result.BytesWritten.ShouldBe(0);
    }

    [Fact]
    public async Task A_source_that_ends_early_fails_the_copy()
    {
        var disk = new byte[5 * Extent.Size];
        var error = await Should.ThrowAsync<MigrateException>(() => CopyAsync(new SampleReader(disk) { EndAt = 3 * Extent.Size }, new MemoryDisk(disk.Length, new Random(1))));
        error.Code.ShouldBe("source.stream-truncated");
    }

    [Fact]
    public async Task Another_size_than_the_journals_is_refused_before_anything_is_written()
    {
        var disk = Data(2);
        var destination = new MemoryDisk(disk.Length, new Random(1));
        await using var journal = await CopyJournal.OpenAsync(JournalPath, Disk, Extent.Size, Cancel);

        var error = await Should.ThrowAsync<MigrateException>(() => DiskCopy.RunAsync(new SampleReader(disk), destination, journal, new CopyOptions(), null, TimeProvider.System, Cancel));

        error.Code.ShouldBe("source.size-changed");
        destination.BytesWritten.ShouldBe(0);
    }

    [Fact]
    public async Task The_destinations_error_is_the_one_reported_and_the_journal_keeps_what_was_flushed()
    {
        var disk = Data(12);
        var full = new MigrateException("target.no-space", "full", "make room");
        var destination = new MemoryDisk(disk.Length, new Random(1)) { FailAtWrite = 7, Failure = full };

        (await Should.ThrowAsync<MigrateException>(() => CopyAsync(new SampleReader(disk), destination))).ShouldBeSameAs(full);

        await using var journal = await CopyJournal.OpenAsync(JournalPath, Disk, disk.Length, Cancel);
        journal.DurableBytes.ShouldBe(6 * Extent.Size);
        journal.IsComplete.ShouldBeFalse();
    }

    [Fact]
    public async Task Nothing_is_journalled_when_the_flush_fails()
    {
        var disk = Data(4);
        await Should.ThrowAsync<IOException>(() => CopyAsync(new SampleReader(disk), new MemoryDisk(disk.Length, new Random(1)) { FailFlush = true }));

        await using var journal = await CopyJournal.OpenAsync(JournalPath, Disk, disk.Length, Cancel);
        journal.DurableBytes.ShouldBe(0);
    }

    [Fact]
    public async Task A_stop_waits_for_the_last_flush_no_longer_than_it_may()
    {
        var disk = Data(8);
        var time = new ManualTime();
        var never = new TaskCompletionSource();
        var destination = new MemoryDisk(disk.Length, new Random(1)) { FlushesEnd = never.Task };
        await using var journal = await CopyJournal.OpenAsync(JournalPath, Disk, disk.Length, Cancel);
        using var stop = new CancellationTokenSource();

        var copy = DiskCopy.RunAsync(new SampleReader(disk), destination, journal, new CopyOptions { DestinationIsZero = true }, null, time, stop.Token);
        await Eventually.BecomesTrueAsync(() => destination.BytesWritten == disk.Length, "all is written, and being flushed");
        await stop.CancelAsync();
        await Eventually.BecomesTrueAsync(
            () =>
            {
                time.Advance(ExtentSink.SaveLimit / 10);
                return copy.IsCompleted;
            },
            "it has ended");

        await Should.ThrowAsync<OperationCanceledException>(() => copy);
        journal.DurableBytes.ShouldBe(0, "nothing was flushed");
        never.SetResult();
    }

    [Fact]
    public async Task Progress_ends_at_the_disks_size_and_never_goes_back()
    {
        var disk = Data(9);
        var reports = new Reports();
        await using (var journal = await CopyJournal.OpenAsync(JournalPath, Disk, disk.Length, Cancel))
        {
            await DiskCopy.RunAsync(new SampleReader(disk), new MemoryDisk(disk.Length, new Random(1)), journal, new CopyOptions(), reports, TimeProvider.System, Cancel);
        }
        reports[0].BytesDone.ShouldBe(0);
        reports[^1].BytesDone.ShouldBe(disk.Length);
        reports[^1].Eta.ShouldBe(TimeSpan.Zero);
        reports.Select(r => r.BytesDone).ShouldBe(reports.Select(r => r.BytesDone).Order());
    }

    [Fact]
    public async Task A_zero_disk_of_62_TiB_less_a_sector_is_copied_and_journalled_in_little_space()
    {
        const long Capacity = (62L << 40) - 512;
        await using var journal = await CopyJournal.OpenAsync(JournalPath, Disk, Capacity, Cancel);

        var result = await DiskCopy.RunAsync(new HugeReader(Capacity), new HugeDisk(Capacity), journal, new CopyOptions { DestinationIsZero = true }, null, TimeProvider.System, Cancel);

        journal.IsComplete.ShouldBeTrue();
        result.BytesZero.ShouldBe(Capacity);
        new FileInfo(JournalPath).Length.ShouldBeLessThan(8 << 20); // 63,488 segments of 5 bytes and their keys
    }

    private async Task<CopyResult> CopyAsync(SampleReader reader, MemoryDisk destination, CopyOptions? options = null)
    {
        await using var journal = await CopyJournal.OpenAsync(JournalPath, Disk, reader.CapacityBytes, Cancel);
        return await DiskCopy.RunAsync(reader, destination, journal, options ?? new CopyOptions { DestinationIsZero = true }, null, TimeProvider.System, Cancel);
    }

    private static byte[] Data(int extents)
    {
        var disk = new byte[extents * Extent.Size];
        new Random(42).NextBytes(disk);
        return disk;
    }

    private static byte[] Garbage(int length, Random random)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private sealed class Reports : List<CopyProgress>, IProgress<CopyProgress>
    {
        public void Report(CopyProgress value) => Add(value);
    }
}
