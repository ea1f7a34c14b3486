using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Baselines.Digests;
using Migrate.Planner.Baselines.Series;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere;

namespace Migrate.Planner.Baselines.Trust;

/// <summary>What is known of one VM's baseline. <paramref name="Watch"/> is null when it was never collected.</summary>
/// <param name="Evidence">Null before the first sample.</param>
/// <param name="BusiestWriteBytesPerSecond">What was written per second in the block of six hours with the most writes, all disks together; null when not measured.</param>
internal sealed record VmEvidence(BaselineWatch? Watch, TrustEvidence? Evidence, double? BusiestWriteBytesPerSecond);

/// <summary>Gathers the evidence of many VMs in a few queries per some hundred of them; samples themselves are not unpacked.</summary>
internal static class BaselineEvidence
{
    // VMs per query: providers limit the parameters of one.
    private const int AtOnce = 200;

    /// <summary>Fewer samples in a block than an hour's say nothing of its six hours.</summary>
    private const int FewestOfABlock = 180;

    /// <summary>Events are read at the end of each poll of samples; some polls may fail between the two.</summary>
    private static readonly TimeSpan EventsMayLag = TimeSpan.FromHours(2);

    /// <summary>Over the whole blocks that reach into <paramref name="window"/> before each VM's newest sample. VMs that were never collected are left out.</summary>
    public static async Task<IReadOnlyDictionary<string, VmEvidence>> LoadAsync(
        MigrateDb db, Guid sourceId, IReadOnlyCollection<Vm> vms, IReadOnlyDictionary<string, Datastore> datastores, IReadOnlyDictionary<string, EsxHost> hosts,
        TimeSpan window, CancellationToken cancellationToken)
    {
        var wanted = vms.ToDictionary(vm => vm.Key, StringComparer.Ordinal);
        var watches = new List<BaselineWatch>();
        foreach (var keys in wanted.Keys.Chunk(AtOnce))
        {
            watches.AddRange(await db.BaselineWatches.AsNoTracking().Where(w => w.SourceId == sourceId && keys.Contains(w.VmKey)).ToListAsync(cancellationToken));
        }

        var found = new Dictionary<string, VmEvidence>(StringComparer.Ordinal);
        // By age, so that a chunk reaches back no further than its VMs do.
        foreach (var chunk in watches.OrderBy(w => w.Watermark).Chunk(AtOnce))
        {
            string[] keys = [.. chunk.Where(w => w.Watermark is not null).Select(w => w.VmKey)];
            var from = StartOf(chunk.Min(w => w.Watermark), window) ?? DateTime.MaxValue;
            var blocks = keys.Length == 0 ? [] : await SampleStore.DigestsAsync(db, sourceId, keys, from, cancellationToken);
            var gaps = keys.Length == 0 ? [] : await db.BaselineGaps.AsNoTracking().Where(g => g.SourceId == sourceId && keys.Contains(g.VmKey) && g.Before >= from).ToListAsync(cancellationToken);
            var events = keys.Length == 0 ? [] : await db.BaselineEvents.AsNoTracking().Where(e => e.SourceId == sourceId && keys.Contains(e.VmKey) && e.At >= from)
                .Select(e => new { e.VmKey, e.EventKey, e.At, e.Kind }).ToListAsync(cancellationToken);
            var (blocksOf, gapsOf, eventsOf) = (blocks.ToLookup(b => b.VmKey), gaps.ToLookup(g => g.VmKey), events.ToLookup(e => e.VmKey));
            foreach (var watch in chunk)
            {
                var start = StartOf(watch.Watermark, window);
                var own = blocksOf[watch.VmKey].Where(b => b.Start >= start).ToList();
                found[watch.VmKey] = own.Count == 0 ? new VmEvidence(watch, null, null) : new VmEvidence(
                    watch,
                    Of(wanted[watch.VmKey], watch, own.GroupBy(b => b.Instance).ToDictionary(disk => disk.Key, disk => disk.Aggregate(SeriesDigest.Empty, (sum, b) => sum.Add(b.Digest))),
                        [.. gapsOf[watch.VmKey].Where(g => g.Before >= start)],
                        [.. eventsOf[watch.VmKey].Where(e => e.At >= start).Select(e => new Disturbance(e.EventKey, e.VmKey, e.At, Enum.Parse<DisturbanceKind>(e.Kind), ""))],
                        datastores, hosts),
                    Busiest(wanted[watch.VmKey], own));
            }
        }

        return found;
    }

    public static TrustEvidence Of(
        Vm vm, BaselineWatch? watch, IReadOnlyDictionary<string, SeriesDigest> samples, IReadOnlyList<BaselineGap> gaps, IReadOnlyList<Disturbance> disturbances,
        IReadOnlyDictionary<string, Datastore> datastores, IReadOnlyDictionary<string, EsxHost> hosts)
    {
        List<Datastore> own = [.. vm.Disks.Select(d => d.DatastoreKey).OfType<string>().Distinct().Select(key => datastores.GetValueOrDefault(key)).OfType<Datastore>()];
        var host = vm.HostKey is null ? null : hosts.GetValueOrDefault(vm.HostKey);
        return new TrustEvidence
        {
            Vm = vm,
            Samples = samples,
            Gaps = gaps,
            Disturbances = disturbances,
            DisturbancesKnown = watch?.EventsUntil is { } until && until >= watch.Watermark - EventsMayLag,
            Datastores = own,
            // What the VM's own host sees of the datastores' LUNs.
            Arrays = host is null ? [] : [.. own.SelectMany(d => d.Extents).Select(extent => StorageArray.NameOf(extent.DiskName, host.Luns.FirstOrDefault(lun => lun.CanonicalName == extent.DiskName)))],
            ClockSkewSeconds = watch?.ClockSkewSeconds ?? 0,
        };
    }

    private static DateTime? StartOf(DateTime? watermark, TimeSpan window) =>
        watermark is { } newest ? DateTime.UnixEpoch.AddSeconds(SampleBlocks.StartOf(SampleStore.Seconds(newest - window))) : null;

    private static double? Busiest(Vm vm, IEnumerable<(string VmKey, string Instance, DateTime Start, SeriesDigest Digest)> blocks)
    {
        var disks = vm.Disks.Select(d => d.Instance).ToHashSet(StringComparer.Ordinal);
        return blocks.Where(b => disks.Contains(b.Instance)).GroupBy(b => b.Start)
            .Select(hours => hours.Where(b => b.Digest.Write.Intervals >= FewestOfABlock).Sum(b => b.Digest.Write.BytesPerSecond)).Where(rate => rate > 0).Max();
    }
}
