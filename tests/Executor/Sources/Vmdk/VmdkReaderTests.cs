using Migrate.Executor.Copy;
using Migrate.Executor.Sources;
using Migrate.Executor.Tests.Copy;
using Migrate.Planner;

namespace Migrate.Executor.Tests.Sources.Vmdk;

/// <summary>VMDKs of every sub-format that qemu-img writes, and those that only ESXi writes held against qemu-img's reading.</summary>
public sealed class VmdkReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("monolithicSparse"), InlineData("monolithicFlat"), InlineData("twoGbMaxExtentSparse"), InlineData("twoGbMaxExtentFlat"), InlineData("streamOptimized")]
    public async Task Every_sub_format_gives_the_disk_that_was_put_in(string subformat)
    {
        foreach (var seed in new[] { 1, 2, 3 })
        {
            var disk = SampleDisk.Random(new Random(seed), maxExtents: 70);
            var path = await ConvertAsync(disk, subformat, $"d{seed}");
            await using var reader = VmdkReader.Open(path);
            await ShouldBePaddedAsync(reader, disk, seed);
        }
    }

    [Theory, InlineData("twoGbMaxExtentSparse"), InlineData("twoGbMaxExtentFlat"), InlineData("monolithicSparse")]
    public async Task Disks_larger_than_one_extent_keep_their_order_and_holes(string subformat)
    {
        var path = _folder.File("big.vmdk");
        await Programs.OutputOfAsync("qemu-img", "create", "-q", "-f", "vmdk", "-o", $"subformat={subformat}", path, "5G");
        await Programs.OutputOfAsync("qemu-io", "-f", "vmdk", "-c", "write -P 0x11 0 64k", "-c", "write -P 0x22 2147479552 8192", "-c", "write -P 0x33 5368643584 65536", path);
        await using var reader = VmdkReader.Open(path);
        reader.CapacityBytes.ShouldBe(5L << 30);
        var (across, end) = (new byte[16384], new byte[65536]);
        await reader.ReadRangeAsync(2147479552 - 4096, across, Cancel);
        await reader.ReadRangeAsync(5368643584, end, Cancel);
        across.AsSpan(4096, 8192).ToArray().ShouldAllBe(b => b == 0x22);
        across.AsSpan(12288).ToArray().ShouldAllBe(b => b == 0);
        end.ShouldAllBe(b => b == 0x33);
        var chunks = await reader.ReadAsync(0, Cancel).Select(c => { c.Dispose(); return c.IsZero ? 0 : c.Length; }).SumAsync(Cancel);
        chunks.ShouldBeLessThan(16 << 20);
    }

    [Fact]
    public async Task A_chain_of_snapshots_gives_what_the_topmost_saw()
    {
        var disk = SampleDisk.Random(new Random(5), maxExtents: 20);
        var parent = await ConvertAsync(disk, "monolithicSparse", "base");
        foreach (var (child, value) in new[] { ("one", 0x41), ("two", 0x42) })
        {
            await Programs.OutputOfAsync("qemu-img", "create", "-q", "-f", "vmdk", "-b", parent, "-F", "vmdk", _folder.File($"{child}.vmdk"));
            await Programs.OutputOfAsync("qemu-io", "-f", "vmdk", "-c", $"write -P {value} {value * 1024} 70144", _folder.File($"{child}.vmdk"));
            parent = _folder.File($"{child}.vmdk");
        }
        await Programs.OutputOfAsync("qemu-img", "convert", "-f", "vmdk", "-O", "raw", parent, _folder.File("flat.raw"));
        await using var reader = VmdkReader.Open(parent);
        await RangeReading.ShouldBeAsync(reader, await File.ReadAllBytesAsync(_folder.File("flat.raw"), Cancel));

        File.Move(_folder.File("base.vmdk"), _folder.File("elsewhere"));
        Should.Throw<MigrateException>(() => VmdkReader.Open(parent)).Code.ShouldBe("source.vmdk-file-missing");
    }

    [Theory, InlineData("vmfsSparse"), InlineData("seSparse")]
    public async Task Snapshot_files_of_ESXi_are_read_as_qemu_reads_them(string type)
    {
        // 24 MiB: more than one table of either format.
        var (lower, upper) = (new byte[24 << 20], new byte[24 << 20]);
        new Random(6).NextBytes(lower);
        new Random(7).NextBytes(upper);
        upper.AsSpan(5 << 20, 3 << 20).Clear();
        await File.WriteAllBytesAsync(_folder.File("web-flat.vmdk"), lower, Cancel);
        await File.WriteAllTextAsync(_folder.File("web.vmdk"), EsxSparse.Descriptor("vmfs", "web-flat.vmdk", lower.Length, id: "0000abcd"), Cancel);
        bool Stored(long grain) => grain % 7 < 3 && grain < (type == "seSparse" ? 4000 : 30000);
        await File.WriteAllBytesAsync(_folder.File("web-delta.vmdk"), type == "seSparse" ? EsxSparse.SeSparse(upper, Stored) : EsxSparse.Cowd(upper, Stored), Cancel);
        await File.WriteAllTextAsync(_folder.File("web-000001.vmdk"), EsxSparse.Descriptor(type, "web-delta.vmdk", upper.Length, "0000abcd", "web.vmdk"), Cancel);
        await Programs.OutputOfAsync("qemu-img", "convert", "-f", "vmdk", "-O", "raw", _folder.File("web-000001.vmdk"), _folder.File("qemu.raw"));

        await using var reader = VmdkReader.Open(_folder.File("web-000001.vmdk"));

        var expected = await File.ReadAllBytesAsync(_folder.File("qemu.raw"), Cancel);
        await RangeReading.ShouldBeAsync(reader, expected);
        expected.AsSpan().SequenceEqual(lower).ShouldBeFalse();
    }

    [Fact]
    public async Task A_stream_inside_an_archive_is_read_where_it_lies()
    {
        var disk = SampleDisk.Random(new Random(8), maxExtents: 30);
        var vmdk = await File.ReadAllBytesAsync(await ConvertAsync(disk, "streamOptimized", "s"), Cancel);
        await File.WriteAllBytesAsync(_folder.File("x.ova"), [.. new byte[1536], .. vmdk, .. new byte[1000]], Cancel);
        await using var reader = VmdkReader.Open(_folder.File("x.ova"), new VmdkReaderOptions { Offset = 1536, Length = vmdk.Length });
        await ShouldBePaddedAsync(reader, disk, 8);
    }

    [Fact]
    public async Task A_copy_ends_with_the_disks_hash()
    {
        var disk = new byte[(9 << 20) + 65536];
        new Random(9).NextBytes(disk.AsSpan(1 << 20, 3 << 20));
        var path = await ConvertAsync(disk, "monolithicSparse", "c");
        await using var reader = VmdkReader.Open(path);
        var destination = new MemoryDisk(disk.Length, new Random(1));
        await using var journal = await CopyJournal.OpenAsync(_folder.File("j"), Guid.NewGuid(), disk.Length, Cancel);
        var result = await DiskCopy.RunAsync(reader, destination, journal, new CopyOptions { DestinationIsZero = true }, null, TimeProvider.System, Cancel);
        result.SourceHash.ShouldBe(await SampleDisk.HashAsync(disk));
        result.BytesRead.ShouldBeLessThan(5 << 20);
    }

    /// <summary>qemu-img rounds a sparse disk's size up to a sector; the samples are whole sectors already.</summary>
    private static Task ShouldBePaddedAsync(VmdkReader reader, byte[] disk, int seed) => RangeReading.ShouldBeAsync(reader, [.. disk, .. new byte[reader.CapacityBytes - disk.Length]], seed);

    private async Task<string> ConvertAsync(byte[] disk, string subformat, string name)
    {
        await File.WriteAllBytesAsync(_folder.File($"{name}.raw"), disk, Cancel);
        await Programs.OutputOfAsync("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", $"subformat={subformat}", _folder.File($"{name}.raw"), _folder.File($"{name}.vmdk"));
        return _folder.File($"{name}.vmdk");
    }
}
