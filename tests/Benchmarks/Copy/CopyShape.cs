using Migrate.Executor.Copy;

namespace Migrate.Benchmarks.Copy;

/// <summary>A disk to copy: as dense as can be, half zeroes, or hardly used and sparse.</summary>
internal sealed record CopyShape(string Name, string Path, long CapacityBytes, long AllocatedBytes, long NonZeroBytes, string Hash)
{
    private const int Mib = 1 << 20;

    /// <param name="name">dense | half | sparse.</param>
    /// <param name="folder">For the file.</param>
    /// <param name="mib">Size of the disk.</param>
    public static async Task<CopyShape> MakeAsync(string name, string folder, int mib)
    {
        var path = System.IO.Path.Combine(folder, $"{name}.raw");
        var random = new Random(20260101);
        var allocated = 0L;
        await using (var file = File.Create(path))
        {
            var data = new byte[Mib];
            for (var used = 0; used < mib;)
            {
                // Runs of data and of nothing, as file systems make them; the data cannot be compressed.
                var (run, gap) = name switch
                {
                    "dense" => (mib, 0),
                    "half" => (random.Next(1, 17), random.Next(1, 17)),
                    "sparse" => (random.Next(1, 9), random.Next(19, 172)),
                    _ => throw new ArgumentException($"no shape {name}: dense, half or sparse", nameof(name)),
                };
                for (; run > 0 && used < mib; run--, used++)
                {
                    random.NextBytes(data);
                    file.Position = (long)used * Mib;
                    file.Write(data);
                    allocated += Mib;
                }
                // Half of the disk with 50 % zeroes is allocated all the same: written as zeroes once.
                for (; name == "half" && gap > 0 && used < mib; gap--, used++)
                {
                    file.Position = (long)used * Mib;
                    file.Write(new byte[Mib]);
                    allocated += Mib;
                }
                used += gap;
            }
            file.SetLength((long)mib * Mib);
            file.Flush(flushToDisk: true);
        }
        await using var again = File.OpenRead(path);
        var (nonZero, hash) = await SurveyAsync(again);
        Console.WriteLine($"{name}: {mib} MiB, {allocated / Mib} allocated, {nonZero / Mib} not zero");
        return new CopyShape(name, path, (long)mib * Mib, allocated, nonZero, hash);
    }

    private static async Task<(long NonZero, string Hash)> SurveyAsync(FileStream disk)
    {
        var nonZero = 0L;
        var granule = new byte[4096];
        for (int read; (read = await disk.ReadAtLeastAsync(granule, granule.Length, throwOnEndOfStream: false)) > 0;)
        {
            nonZero += granule.AsSpan(0, read).ContainsAnyExcept((byte)0) ? read : 0;
        }
        disk.Position = 0;
        return (nonZero, await DiskHash.OfStreamAsync(disk, CancellationToken.None));
    }
}
