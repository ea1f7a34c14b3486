using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Copy;

namespace Migrate.Executor.Tests.Copy;

/// <summary>What the journal of the largest disk costs: 62 TiB, every extent with data.</summary>
public sealed class ExtentHashesTests : IDisposable
{
    private const long Largest = 62L << 40;
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_disk_of_62_TiB_full_of_data_keeps_little_in_memory_and_its_hash_is_that_of_all_its_extents()
    {
        // Every segment with the same hashes, made when they are asked for: 1.94 GiB would be them all.
        var full = new Segment();
        for (var i = 0; i < Segment.Extents; i++)
        {
            full.SetData(i, SHA256.HashData(BitConverter.GetBytes(i)));
        }

        var (states, hashes) = (SegmentFormat.States(full, Segment.Extents), SegmentFormat.Hashes(full));
        (states.Length, hashes.Length).ShouldBe((5, (1024 * 32) + 4));
        var kept = new MadeHashes(hashes);
        var disk = new ExtentHashes(Largest, kept);
        var segments = (int)(disk.Count / Segment.Extents);
        segments.ShouldBe(63_488);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var number = 0; number < segments; number++)
        {
            disk.Replace(number, SegmentFormat.Read(states, Segment.Extents)!);
        }

        disk.IsComplete.ShouldBeTrue();
        disk.KnownBytes.ShouldBe(Largest);
        var found = DiskHash.Of(disk);
        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(128L << 20, "other tests of this process included");
        kept.Asked.ShouldBeLessThan((segments / 16) + 2, "read ahead, not one by one");

        using var expected = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var number = 0; number < segments; number++)
        {
            expected.AppendData(hashes, 0, 1024 * 32);
        }

        found.ShouldBe(Convert.ToHexStringLower(expected.GetHashAndReset()));
        GC.KeepAlive(disk);
    }

    [Fact]
    public async Task A_disk_of_a_TiB_full_of_data_takes_33_MiB_of_the_database()
    {
        const long Capacity = 1L << 40;
        var path = _folder.File("journal");
        await using (var journal = await CopyJournal.OpenAsync(path, Guid.NewGuid(), Capacity, Cancel))
        {
            var random = new Random(1);
            for (var first = 0L; first < journal.Hashes.Count; first += 4096)
            {
                await journal.AppendAsync([.. Enumerable.Range(0, 4096).Select(i => new JournalRecord(first + i, 1, RandomHash(random)))], Cancel);
            }

            journal.IsComplete.ShouldBeTrue();
        }

        var bytes = new FileInfo(path).Length;
        bytes.ShouldBeInRange(32L << 20, 38L << 20); // with SQLite's pages of 4 KiB; 62 times that for the largest disk
        await using var db = (await JournalFile.DatabaseAsync(path, Cancel)).CreateDbContext();
        (await db.JournalSegments.SumAsync(x => x.States.Length + x.Hashes.Length, Cancel)).ShouldBe(1024 * 32_777);
    }

    [Fact]
    public void The_last_segment_may_be_shorter_and_its_last_extent_too()
    {
        var disk = new ExtentHashes((1500L * Extent.Size) + 512);
        disk.ExtentsOf(1).ShouldBe(477);
        var segment = new Segment();
        for (var i = 0; i < 477; i++)
        {
            segment.SetZero(i);
        }

        disk.Replace(1, SegmentFormat.Read(SegmentFormat.States(segment, 477), 477)!);
        disk.KnownBytes.ShouldBe((476L * Extent.Size) + 512);
        disk.IsKnown(1500).ShouldBeTrue();
        disk.FirstGap().ShouldBe(0);
    }

    [Fact]
    public void Any_segment_is_read_as_it_was_written_and_no_flipped_bit_is_believed()
    {
        var random = new Random(7);
        for (var round = 0; round < 40; round++)
        {
            var segment = new Segment();
            for (var i = 0; i < Segment.Extents; i++)
            {
                switch (random.Next(round % 3 == 0 ? 2 : 3))
                {
                    case 0: segment.SetZero(i); break;
                    case 1: segment.SetData(i, RandomHash(random).Span); break;
                }
            }

            var (states, hashes) = (SegmentFormat.States(segment, Segment.Extents), SegmentFormat.Hashes(segment));
            var read = SegmentFormat.Read(states, Segment.Extents)!;
            (read.Known.SequenceEqual(segment.Known), read.Zero.SequenceEqual(segment.Zero)).ShouldBe((true, true));
            SegmentFormat.TryReadHashes(hashes, read, out var found).ShouldBeTrue();
            for (var i = 0; i < Segment.Extents; i++)
            {
                if (segment.IsData(i))
                {
                    found.AsSpan(i * 32, 32).SequenceEqual(segment.HashOf(i)).ShouldBeTrue();
                }
            }

            states[random.Next(states.Length)] ^= (byte)(1 << random.Next(8));
            SegmentFormat.Read(states, Segment.Extents).ShouldBeNull();
            hashes[random.Next(hashes.Length)] ^= (byte)(1 << random.Next(8));
            SegmentFormat.TryReadHashes(hashes, read, out _).ShouldBeFalse();
        }
    }

    private static ReadOnlyMemory<byte> RandomHash(Random random)
    {
        var hash = new byte[32];
        random.NextBytes(hash);
        return hash;
    }

    private sealed class MadeHashes(byte[] hashes) : IKeptHashes
    {
        public int Asked { get; private set; }

        public IEnumerable<(int Number, byte[] Hashes)> Load(int first, int count)
        {
            Asked++;
            return Enumerable.Range(first, Math.Min(count, 63_488 - first)).Select(x => (x, hashes));
        }

        public Exception Damaged(int number) => new InvalidOperationException($"segment {number}");
    }
}
