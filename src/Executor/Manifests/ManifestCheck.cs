using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Migrate.Executor.Copy;
using Migrate.Executor.Sources;
using Migrate.Planner;

namespace Migrate.Executor.Manifests;

/// <summary>What reading a disk against its manifest found.</summary>
/// <param name="Extents">How many were read.</param>
/// <param name="Differing">How many are not what the manifest says.</param>
/// <param name="FirstOffsets">Bytes at which the first of these begin, at most 100.</param>
/// <param name="Elapsed">Time taken.</param>
/// <param name="Expected">How many of those that differ were expected to, as a conversion wrote there after the manifest was made.</param>
public sealed record ManifestFindings(long Extents, long Differing, IReadOnlyList<long> FirstOffsets, TimeSpan Elapsed, long Expected = 0)
{
    public bool Equal => Differing == 0;
}

/// <summary>Reads a disk and compares each extent with its manifest, many at once: as fast as the disk gives, or the processors hash.</summary>
public static class ManifestCheck
{
    private const int MostOffsets = 100;

    /// <param name="manifest">Its signature is checked elsewhere.</param>
    /// <param name="devicePath">A file or block device with the disk's bytes; somebody else may have it open.</param>
    /// <param name="progress">Bytes read so far.</param>
    /// <param name="time">For the time taken.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="MigrateException"><c>manifest.device-unreadable</c>, <c>manifest.device-size</c>.</exception>
    public static Task<ManifestFindings> RunAsync(ManifestFile manifest, string devicePath, IProgress<long>? progress, TimeProvider time, CancellationToken cancellationToken) =>
        RunAsync(manifest, devicePath, _ => false, progress, time, cancellationToken);

    /// <param name="manifest">Its signature is checked elsewhere.</param>
    /// <param name="devicePath">A file or block device with the disk's bytes; somebody else may have it open.</param>
    /// <param name="mayDiffer">Extents of which it is known that somebody wrote to them: they are counted apart, and are not among the first offsets.</param>
    /// <param name="progress">Bytes read so far.</param>
    /// <param name="time">For the time taken.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<ManifestFindings> RunAsync(
        ManifestFile manifest, string devicePath, Func<long, bool> mayDiffer, IProgress<long>? progress, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        using var device = Open(devicePath);
        var capacity = manifest.Manifest.CapacityBytes;
        if (SizeOf(device) is var size && size < capacity)
        {
            throw new MigrateException("manifest.device-size", $"{devicePath} has {size} bytes, and the manifest is of a disk with {capacity}.", "Name the disk that the manifest is of.");
        }

        var offsets = new SortedSet<long>();
        var (differing, expected, done) = (0L, 0L, 0L);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(2, Environment.ProcessorCount * 2), CancellationToken = cancellationToken };
        using var buffers = new ThreadLocal<byte[]>(() => new byte[Extent.Size]);
        try
        {
            await Task.Run(() => Parallel.ForEach(manifest.All(), parallel, each =>
            {
                var extent = buffers.Value!.AsSpan(0, Extent.LengthOf(each.Index, capacity));
                ReadFully(device, extent, each.Index * Extent.Size, devicePath);
                if (!(each.Hash is null ? NonZeroRuns.IsZero(extent) : SHA256.HashData(extent).AsSpan().SequenceEqual(each.Hash)))
                {
                    lock (offsets)
                    {
                        differing++;
                        if (mayDiffer(each.Index))
                        {
                            expected++;
                        }
                        else
                        {
                            offsets.Add(each.Index * Extent.Size);
                        }

                        if (offsets.Count > MostOffsets)
                        {
                            offsets.Remove(offsets.Max);
                        }
                    }
                }

                progress?.Report(Interlocked.Add(ref done, extent.Length));
            }), cancellationToken);
        }
        catch (AggregateException e) when (e.Flatten().InnerExceptions.OfType<MigrateException>().FirstOrDefault() is { } cause)
        {
            throw cause;
        }

        return new ManifestFindings(manifest.Extents, differing, [.. offsets], time.GetElapsedTime(started), expected);
    }

    private static void ReadFully(SafeFileHandle device, Span<byte> extent, long offset, string path)
    {
        try
        {
            for (int read; extent.Length > 0; extent = extent[read..], offset += read)
            {
                read = RandomAccess.Read(device, extent, offset);
                if (read == 0)
                {
                    throw new IOException("it ends there");
                }
            }
        }
        catch (IOException e)
        {
            throw new MigrateException("manifest.device-unreadable", $"{path} cannot be read at {offset}: {e.Message}", "Check the storage under it, then verify again.", e);
        }
    }

    /// <summary>Not by File.OpenHandle, which asks for a lock that the target or QEMU has.</summary>
    private static SafeFileHandle Open(string path)
    {
        return Durable.Open(path)
            ?? throw new MigrateException(
                "manifest.device-unreadable", $"{path} cannot be opened: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.", "Name a file or block device that this user may read.");
    }

    // Of a block device, too, for which fstat says 0.
    private static long SizeOf(SafeFileHandle device) => FileSeek.To(device, 0, FileSeek.End);
}
