using System.Security.Cryptography;
using Migrate.Executor.Copy;
using Migrate.Executor.Sources;

namespace Migrate.Benchmarks.Copy;

/// <summary>The stages of a copy, each alone with the machine to itself: what none of them, put together, can be faster than.</summary>
internal static class CopyStagesAlone
{
    private static readonly byte[] Data = RandomNumberGenerator.GetBytes(Extent.Size);

    /// <summary>Reads what the source says may be data and throws it away.</summary>
    public static Task<CopySample> ReadAsync(CopyEndpoint source) => CopySample.MeasureAsync(async () =>
    {
        await using var reader = await source.OpenAsync();
        var ranges = new List<DiskRange>();
        await foreach (var range in reader.MapAsync(0, reader.CapacityBytes, CancellationToken.None))
        {
            for (var at = range.Offset; range.Kind == RangeKind.Data && at < range.End; at += reader.ExtentsPerRead * Extent.Size)
            {
                ranges.Add(new DiskRange(at, Math.Min(range.End - at, reader.ExtentsPerRead * Extent.Size), RangeKind.Data));
            }
        }
        await Parallel.ForEachAsync(ranges, new ParallelOptions { MaxDegreeOfParallelism = reader.ParallelReads }, async (range, ct) =>
        {
            var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent((int)range.Length);
            await reader.ReadRangeAsync(range.Offset, buffer.AsMemory(0, (int)range.Length), ct);
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        });
    });

    /// <summary>SHA-256 of as many bytes as the shape has data, on all cores.</summary>
    public static Task<CopySample> HashAsync(CopyShape shape) => CopySample.MeasureAsync(() => Parallel.ForAsync(0L, shape.NonZeroBytes / Extent.Size, (_, _) =>
    {
        SHA256.HashData(Data);
        return ValueTask.CompletedTask;
    }));

    /// <summary>Writes as many bytes as the shape has data, many at once, and flushes.</summary>
    public static async Task<CopySample> WriteAsync(string folder, CopyShape shape)
    {
        await using var target = await CopyTarget.StartAsync(folder, shape.CapacityBytes);
        return await CopySample.MeasureAsync(async () =>
        {
            await Parallel.ForAsync(0L, shape.NonZeroBytes / Extent.Size, new ParallelOptions { MaxDegreeOfParallelism = new CopyOptions().ExtentsInFlight },
                async (index, ct) => await target.Disk.WriteAsync(index * Extent.Size, Data, ct));
            await target.Disk.FlushAsync(CancellationToken.None);
        });
    }

}
