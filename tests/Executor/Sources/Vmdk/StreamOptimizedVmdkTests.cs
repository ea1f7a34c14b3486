using System.Buffers.Binary;
using Migrate.Executor.Copy;
using Migrate.Executor.Sources;
using Migrate.Executor.Sources.Vmdk;
using Migrate.Executor.Tests.Copy;
using Migrate.Planner;

namespace Migrate.Executor.Tests.Sources.Vmdk;

public sealed class StreamOptimizedVmdkTests
{
    public static IEnumerable<TheoryDataRow<int>> Seeds => Enumerable.Range(1, 8).Select(i => new TheoryDataRow<int>(i));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Seeds))]
    public async Task Disks_that_qemu_img_packed_unpack_to_the_same_bytes_in_both_layouts(int seed)
    {
        var disk = SampleDisk.Random(new Random(seed), maxExtents: 50);
        var qemu = await QemuImage.StreamOptimizedAsync(disk);
        (await DecodeAsync(qemu, disk.Length)).AsSpan().SequenceEqual(disk).ShouldBeTrue();
        (await DecodeAsync(EsxStream.Of(qemu).Stream, disk.Length)).AsSpan().SequenceEqual(disk).ShouldBeTrue();
    }

    [Fact]
    public async Task Without_an_end_marker_the_tables_in_front_vouch_for_the_end()
    {
        var disk = SampleDisk.Random(new Random(2));
        var qemu = await QemuImage.StreamOptimizedAsync(disk);
        var end = EsxStream.GrainsOf(qemu).Sum(g => g.Bytes.Length) + ((int)BinaryPrimitives.ReadInt64LittleEndian(qemu.AsSpan(64)) * 512);
        (await DecodeAsync(qemu[..end], disk.Length)).AsSpan().SequenceEqual(disk).ShouldBeTrue();
    }

    [Fact]
    public async Task Cut_at_every_marker_and_beside_it_a_stream_is_truncated_and_never_whole()
    {
        var disk = TwoTables();
        var qemu = await QemuImage.StreamOptimizedAsync(disk);
        var (esx, markers) = EsxStream.Of(qemu);
        foreach (var cut in markers.SelectMany(m => new[] { m - 1, m, m + 1, m + 12, m + 511 }).Append(0).Append(511).Append(512).Append(1000))
        {
            (await FaultAsync(esx[..cut], disk.Length)).ShouldBe("source.stream-truncated", $"cut at {cut}");
        }
        var at = (int)BinaryPrimitives.ReadInt64LittleEndian(qemu.AsSpan(64)) * 512;
        foreach (var (_, bytes) in EsxStream.GrainsOf(qemu))
        {
            (await FaultAsync(qemu[..at], disk.Length)).ShouldBe("source.stream-truncated");
            (await FaultAsync(qemu[..(at + 12)], disk.Length)).ShouldBe("source.stream-truncated");
            at += bytes.Length;
        }
    }

    [Fact]
    public async Task A_run_of_zeroes_in_the_middle_is_not_taken_for_the_end()
    {
        var disk = TwoTables();
        var (esx, markers) = EsxStream.Of(await QemuImage.StreamOptimizedAsync(disk));
        foreach (var marker in markers.SkipLast(1))
        {
            var damaged = esx.ToArray();
            damaged.AsSpan(marker).Clear();
            (await FaultAsync(damaged, disk.Length)).ShouldBe("source.stream-corrupt", $"zeroes from {marker}");
        }
    }

    [Fact]
    public async Task A_missing_grain_a_repeated_one_and_one_out_of_order_are_noticed()
    {
        var disk = SampleDisk.Random(new Random(4), maxExtents: 30);
        var qemu = await QemuImage.StreamOptimizedAsync(disk);
        foreach (var change in new Func<List<(ulong, byte[])>, List<(ulong, byte[])>>[]
        {
            grains => [.. grains.Take(3), .. grains.Skip(4)],
            grains => [.. grains.Take(3), grains[2], .. grains.Skip(3)],
            grains => [grains[1], grains[0], .. grains.Skip(2)],
        })
        {
            (await FaultAsync(EsxStream.Of(qemu, change).Stream, disk.Length)).ShouldBe("source.stream-corrupt");
        }
    }

    [Fact]
    public async Task A_grain_that_unpacks_to_a_thousand_times_its_size_is_stopped_at_a_grain()
    {
        var disk = SampleDisk.Random(new Random(4), maxExtents: 30);
        var qemu = await QemuImage.StreamOptimizedAsync(disk);
        foreach (var data in new[] { new byte[64 << 20], new byte[65537], new byte[65535], [] })
        {
            var (bomb, _) = EsxStream.Of(qemu, grains => [(grains[0].Lba, EsxStream.Grain(grains[0].Lba, data)), .. grains.Skip(1)]);
            (await FaultAsync(bomb, disk.Length)).ShouldBe("source.stream-corrupt");
        }
    }

    [Theory]
    [InlineData(0, 1u, "source.stream-format")] // magic
    [InlineData(8, 0x10001u, "source.stream-format")] // no markers
    [InlineData(12, 77u, "source.size-changed")] // capacity
    [InlineData(20, 0u, "source.stream-corrupt")] // grain size
    [InlineData(20, 1u << 30, "source.stream-corrupt")]
    [InlineData(20, 96u, "source.stream-corrupt")]
    [InlineData(44, 1u << 31, "source.stream-corrupt")] // entries per table
    [InlineData(56, 0x7fffffffu, "source.stream-corrupt")] // directory
    [InlineData(68, 0x7fffffffu, "source.stream-corrupt")] // overhead
    public async Task A_header_out_of_bounds_is_refused(int offset, uint value, string code)
    {
        var disk = SampleDisk.Random(new Random(6));
        var qemu = await QemuImage.StreamOptimizedAsync(disk);
        BinaryPrimitives.WriteUInt32LittleEndian(qemu.AsSpan(offset), value);
        (await FaultAsync(qemu, disk.Length)).ShouldBe(code);
    }

    [Fact]
    public async Task A_web_page_instead_of_a_disk_is_called_that()
        => (await FaultAsync([.. System.Text.Encoding.UTF8.GetBytes("<html>" + new string(' ', 600))], 1 << 20)).ShouldBe("source.stream-format");

    [Theory, MemberData(nameof(Seeds))]
    public async Task Whatever_is_damaged_the_outcome_is_a_named_error_or_bytes_of_the_right_length(int seed)
    {
        var random = new Random(seed);
        var disk = SampleDisk.Random(random);
        var qemu = await QemuImage.StreamOptimizedAsync(disk);
        var (esx, markers) = EsxStream.Of(qemu);
        for (var i = 0; i < 40; i++)
        {
            var damaged = (random.Next(2) == 0 ? qemu : esx).ToArray();
            for (var hits = random.Next(1, 5); hits > 0; hits--)
            {
                // Mostly where the structure is: header, directory and tables, markers.
                var at = random.Next(4) switch { 0 => random.Next(80), 1 => random.Next(128 * 512), 2 => markers[random.Next(markers.Count)] + random.Next(16), _ => random.Next(damaged.Length) };
                damaged[Math.Min(at, damaged.Length - 1)] = (byte)random.Next(256);
            }
            try
            {
                (await DecodeAsync(damaged, disk.Length)).Length.ShouldBe(disk.Length);
            }
            catch (MigrateException e)
            {
                e.Code.ShouldBeOneOf("source.stream-corrupt", "source.stream-truncated", "source.stream-format", "source.size-changed");
            }
        }
    }

    /// <summary>40 MiB, so that the stream has two tables with grains before and after the first one.</summary>
    private static byte[] TwoTables()
    {
        var disk = new byte[40 * Extent.Size];
        foreach (var at in new[] { 0, 3, 9, 31, 32, 35, 39 })
        {
            new Random(at).NextBytes(disk.AsSpan(at * Extent.Size, 70_000));
        }
        return disk;
    }

    private static async Task<string> FaultAsync(byte[] stream, long capacity)
    {
        var error = await Should.ThrowAsync<MigrateException>(() => DecodeAsync(stream, capacity));
        error.Remedy.ShouldNotBeEmpty();
        return error.Code;
    }

    private static async Task<byte[]> DecodeAsync(byte[] stream, long capacity)
    {
        using var pool = new ExtentPool(4);
        var disk = new byte[capacity];
        disk.AsSpan().Fill(0xAA);
        long position = 0;
        var input = new VmdkInput(new MemoryStream(stream), TimeSpan.FromMinutes(1), TimeProvider.System);
        await foreach (DiskChunk chunk in new StreamOptimizedVmdk(input, capacity, pool).ReadAsync(Cancel))
        {
            using (chunk)
            {
                chunk.Offset.ShouldBe(position);
                var to = disk.AsSpan((int)chunk.Offset, (int)chunk.Length);
                if (chunk.IsZero)
                {
                    to.Clear();
                }
                else
                {
                    chunk.Memory!.Memory.Span[..to.Length].CopyTo(to);
                }
                position += chunk.Length;
            }
        }
        position.ShouldBe(capacity);
        return disk;
    }
}
