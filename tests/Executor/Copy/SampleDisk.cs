using Migrate.Executor.Copy;

namespace Migrate.Executor.Tests.Copy;

/// <summary>Disks as a test wants them: runs of data and of zeroes of every awkward length and place.</summary>
internal static class SampleDisk
{
    public static byte[] Random(Random random, int maxExtents = 12)
    {
        var disk = new byte[random.Next(1, (maxExtents * Extent.Size / 512) + 1) * 512];
        for (var at = 0; at < disk.Length;)
        {
            var length = Math.Min(disk.Length - at, random.Next(4) switch
            {
                0 => random.Next(1, 600),
                1 => random.Next(1, 70_000),
                2 => random.Next(1, 5) * 4096,
                _ => random.Next(1, 3 * Extent.Size),
            });
            if (random.Next(2) == 0)
            {
                random.NextBytes(disk.AsSpan(at, length));
            }
            at += length;
        }
        return disk;
    }

    public static async Task<string> HashAsync(byte[] disk) => await DiskHash.OfStreamAsync(new MemoryStream(disk), TestContext.Current.CancellationToken);
}
