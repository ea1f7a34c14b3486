using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Baselines.Digests;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Baselines.Series;

/// <summary>What one VM's disks gave, by PerformanceManager's instance ("scsi0:0").</summary>
public sealed record VmSamples(string VmKey, IReadOnlyDictionary<string, SampleSeries> Disks);

/// <summary>Months of samples: one row per disk and six hours. Appending the same samples twice leaves what appending them once left.</summary>
public sealed class SampleStore(IDbContextFactory<MigrateDb> factory)
{
    public async Task AppendAsync(Guid sourceId, IReadOnlyList<VmSamples> samples, CancellationToken cancellationToken)
    {
        await using var db = await factory.CreateDbContextAsync(cancellationToken);
        await AppendAsync(db, sourceId, samples, cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>Adds to the context without saving, so that a watermark can be saved with it. One query for all VMs together.</summary>
    internal static async Task AppendAsync(MigrateDb db, Guid sourceId, IReadOnlyList<VmSamples> samples, CancellationToken cancellationToken)
    {
        var parts = samples
            .SelectMany(vm => vm.Disks, (vm, disk) => (vm.VmKey, Instance: disk.Key, disk.Value))
            .SelectMany(x => SampleBlocks.Cut(x.Value), (x, block) => (x.VmKey, x.Instance, block.Start, block.Part))
            .ToList();
        if (parts.Count == 0)
        {
            return;
        }

        var (vms, first) = (parts.Select(x => x.VmKey).Distinct().ToList(), parts.Min(x => x.Start));
        var known = await db.SampleBlocks.Where(row => row.SourceId == sourceId && vms.Contains(row.VmKey) && row.Start >= first)
            .ToDictionaryAsync(row => (row.VmKey, row.Instance, row.Start), cancellationToken);
        foreach (var (vm, instance, start, part) in parts)
        {
            if (known.TryGetValue((vm, instance, start), out var row))
            {
                var merged = Read(row).Merge(part);
                (row.Samples, row.Digest, row.Body) = (merged.Count, SeriesDigest.Of(merged).Encode(), SampleCodec.Encode(merged));
            }
            else
            {
                db.SampleBlocks.Add(new SampleBlock
                {
                    SourceId = sourceId,
                    VmKey = vm,
                    Instance = instance,
                    Start = start,
                    Samples = part.Count,
                    Digest = SeriesDigest.Of(part).Encode(),
                    Body = SampleCodec.Encode(part),
                });
            }
        }
    }

    /// <summary>All disks of a VM, or one, from <paramref name="from"/> (inclusive) to <paramref name="to"/> (exclusive): one query.</summary>
    /// <exception cref="MigrateException">baseline.block-damaged.</exception>
    public async Task<IReadOnlyDictionary<string, SampleSeries>> ReadAsync(
        Guid sourceId, string vmKey, DateTime from, DateTime to, CancellationToken cancellationToken, string? instance = null)
    {
        await using var db = await factory.CreateDbContextAsync(cancellationToken);
        var (first, last) = (Seconds(from), Seconds(to));
        var start = DateTime.UnixEpoch.AddSeconds(SampleBlocks.StartOf(first));
        var rows = await db.SampleBlocks.AsNoTracking()
            .Where(row => row.SourceId == sourceId && row.VmKey == vmKey && row.Start >= start && row.Start < to && (instance == null || row.Instance == instance))
            .OrderBy(row => row.Instance).ThenBy(row => row.Start)
            .ToListAsync(cancellationToken);
        return rows.GroupBy(row => row.Instance).ToDictionary(
            disk => disk.Key,
            disk => SampleSeries.Concat([.. disk.Select(row => Read(row).Slice(first, last))]),
            StringComparer.Ordinal);
    }

    /// <summary>
    /// Digests of whole blocks that begin at <paramref name="from"/> or later, per VM and disk, of some VMs together: one query that leaves the
    /// samples themselves where they are.
    /// </summary>
    /// <exception cref="MigrateException">baseline.block-damaged.</exception>
    internal static async Task<IReadOnlyList<(string VmKey, string Instance, DateTime Start, SeriesDigest Digest)>> DigestsAsync(
        MigrateDb db, Guid sourceId, IReadOnlyCollection<string> vmKeys, DateTime from, CancellationToken cancellationToken)
    {
        var rows = await db.SampleBlocks.AsNoTracking().Where(row => row.SourceId == sourceId && vmKeys.Contains(row.VmKey) && row.Start >= from)
            .Select(row => new { row.VmKey, row.Instance, row.Start, row.Digest }).ToListAsync(cancellationToken);
        return [.. rows.Select(row => (row.VmKey, row.Instance, row.Start, Damaged(row.VmKey, row.Instance, row.Start, () => SeriesDigest.Decode(row.Digest))))];
    }

    /// <summary>Seconds since 1970, rounded up: the first whole second that is not before <paramref name="time"/>.</summary>
    internal static long Seconds(DateTime time) => (long)Math.Ceiling((time - DateTime.UnixEpoch).TotalSeconds);

    private static SampleSeries Read(SampleBlock row) => Damaged(row.VmKey, row.Instance, row.Start, () => SampleCodec.Decode(row.Body));

    private static T Damaged<T>(string vmKey, string instance, DateTime start, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or OverflowException)
        {
            throw new MigrateException(
                "baseline.block-damaged",
                $"The stored samples of {vmKey} {instance} from {start:yyyy-MM-dd HH:mm} UTC on cannot be read: {e.Message}",
                "Restore the database from a backup, or start the VM's baseline afresh (migrate baseline remove, then start).",
                e);
        }
    }
}
