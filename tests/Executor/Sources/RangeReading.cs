using Migrate.Executor.Copy;
using Migrate.Executor.Sources;

namespace Migrate.Executor.Tests.Sources;

/// <summary>Reads a range reader in every way that it has, and compares with what the disk really holds.</summary>
internal static class RangeReading
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<byte[]> SequenceAsync(IDiskReader reader, long from = 0)
    {
        var bytes = new byte[reader.CapacityBytes - from];
        var next = from;
        await foreach (var chunk in reader.ReadAsync(from, Cancel))
        {
            using (chunk)
            {
                chunk.Offset.ShouldBe(next);
                (chunk.IsZero || (chunk.Offset % Extent.Size) + chunk.Length <= Extent.Size).ShouldBeTrue();
                chunk.Memory?.Memory.Span[..(int)chunk.Length].CopyTo(bytes.AsSpan((int)(chunk.Offset - from)));
                next += chunk.Length;
            }
        }
        next.ShouldBe(reader.CapacityBytes);
        return bytes;
    }

    public static async Task<List<DiskRange>> MapAsync(IRangeReader reader) => await reader.MapAsync(0, reader.CapacityBytes, Cancel).ToListAsync(Cancel);

    /// <summary>The whole in order, from the middle, random ranges at once, and a map without gaps whose zeroes are true.</summary>
    public static async Task ShouldBeAsync(IRangeReader reader, byte[] disk, int seed = 1)
    {
        reader.CapacityBytes.ShouldBe(disk.Length);
        (await SequenceAsync(reader)).AsSpan().SequenceEqual(disk).ShouldBeTrue();
        var middle = disk.Length / 2 / Extent.Size * Extent.Size;
        (await SequenceAsync(reader, middle)).AsSpan().SequenceEqual(disk.AsSpan(middle)).ShouldBeTrue();

        var random = new Random(seed);
        var ranges = Enumerable.Range(0, 64).Select(_ => random.Next(disk.Length)).Select(at => (At: at, Length: random.Next(1, Math.Min(disk.Length - at, 3_000_000) + 1))).ToList();
        await Parallel.ForEachAsync(ranges, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancel }, async (range, ct) =>
        {
            var buffer = new byte[range.Length];
            await reader.ReadRangeAsync(range.At, buffer, ct);
            buffer.AsSpan().SequenceEqual(disk.AsSpan(range.At, range.Length)).ShouldBeTrue($"{range}");
        });

        long next = 0;
        foreach (var range in await MapAsync(reader))
        {
            range.Offset.ShouldBe(next);
            range.Length.ShouldBeGreaterThan(0);
            if (range.Kind != RangeKind.Data)
            {
                disk.AsSpan((int)range.Offset, (int)range.Length).IndexOfAnyExcept((byte)0).ShouldBe(-1, $"{range}");
            }
            next = range.End;
        }
        next.ShouldBe(disk.Length);
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await reader.ReadRangeAsync(disk.Length - 1, new byte[2], Cancel));
    }
}
