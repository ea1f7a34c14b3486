using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Baselines.Series;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere;

namespace Migrate.Planner.Baselines.Collection;

/// <summary>
/// Fetches what vSAN's performance service keeps of the disks of collected VMs: means of five minutes, up to a week back at the
/// first time. It keeps months, so nothing is lost by asking seldom.
/// </summary>
public sealed class VsanCollector(IDbContextFactory<MigrateDb> factory, InventoryStore inventories, TimeProvider time)
{
    public static readonly TimeSpan Interval = TimeSpan.FromHours(1);
    public static readonly TimeSpan Backlog = TimeSpan.FromDays(7);

    /// <summary>The service asks for less than a day in one query.</summary>
    private static readonly TimeSpan Span = TimeSpan.FromHours(12);

    /// <summary>Hosts hand their means in late: the last of them are asked for again.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(15);

    // VMs whose disks are asked for together; the reader cuts that into queries.
    private const int VmsAtOnce = 100;

    /// <summary>
    /// Returns how many calls were made: none when nothing is due. A cluster whose service does not answer is named at its VMs' watches and
    /// tried again after <see cref="Interval"/>.
    /// </summary>
    /// <exception cref="MigrateException">The connection was lost or the source is busy.</exception>
    public async Task<int> CollectAsync(Guid sourceId, VSphereSession session, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var due = now - Interval;
        await using var db = await factory.CreateDbContextAsync(cancellationToken);
        if (!session.IsVcenter || !await db.BaselineWatches.AnyAsync(w => w.SourceId == sourceId && w.StoppedAt == null && (w.VsanAskedAt == null || w.VsanAskedAt <= due), cancellationToken))
        {
            return 0;
        }

        var clusters = (await inventories.ListClustersAsync(sourceId, cancellationToken)).Where(c => c.Vsan is not null)
            .SelectMany(c => c.HostKeys, (c, host) => (Host: host, c.Key)).ToDictionary(x => x.Host, x => x.Key, StringComparer.Ordinal);
        var datastores = clusters.Count == 0 ? [] : (await inventories.ListDatastoresAsync(sourceId, cancellationToken)).Where(d => d.IsVsan).Select(d => d.Key).ToHashSet(StringComparer.Ordinal);
        if (datastores.Count == 0)
        {
            return 0;
        }

        var to = await session.ReadClockAsync(cancellationToken);
        var watches = await db.BaselineWatches.Where(w => w.SourceId == sourceId && w.StoppedAt == null && (w.VsanAskedAt == null || w.VsanAskedAt <= due))
            .OrderBy(w => w.VsanAskedAt != null).ThenBy(w => w.VsanAskedAt).ToListAsync(cancellationToken);
        var (calls, silent) = (0, new Dictionary<string, MigrateException>(StringComparer.Ordinal));
        foreach (var chunk in watches.Chunk(VmsAtOnce))
        {
            var vms = (await inventories.FindVmsAsync(sourceId, [.. chunk.Select(w => w.VmKey)], cancellationToken)).ToDictionary(vm => vm.Key, StringComparer.Ordinal);
            foreach (var group in chunk.GroupBy(w => vms.GetValueOrDefault(w.VmKey)?.HostKey is { } host ? clusters.GetValueOrDefault(host, "") : ""))
            {
                List<Target> targets = group.Key.Length == 0 ? [] : [.. group.Select(w => new Target(w, vms[w.VmKey], [.. vms[w.VmKey].Disks.Where(d => d.Instance.Length > 0 && d.DatastoreKey is { } key && datastores.Contains(key)).Select(d => d.Instance)]))
                    .Where(t => t.Instances.Count > 0 && t.Vm.InstanceUuid is not null)];
                var unusable = new Dictionary<string, string>(StringComparer.Ordinal);
                try
                {
                    calls += targets.Count == 0 || silent.ContainsKey(group.Key) ? 0 : await FetchAsync(db, sourceId, session, group.Key, targets, to, unusable, cancellationToken);
                }
                catch (MigrateException e) when (!e.IsTransient)
                {
                    silent[group.Key] = e;
                }

                foreach (var watch in group)
                {
                    watch.VsanAskedAt = now;
                    watch.VsanProblem = silent.TryGetValue(group.Key, out var why) && targets.Exists(t => t.Watch == watch) ? $"{why.Message} {why.Remedy}" : unusable.GetValueOrDefault(watch.VmKey);
                }
            }

            await db.SaveChangesAsync(cancellationToken);
        }

        return calls;
    }

    private sealed record Target(BaselineWatch Watch, Vm Vm, IReadOnlyList<string> Instances);

    /// <summary>Span by span, each stored before the next: a poll that is cut off goes on there.</summary>
    private static async Task<int> FetchAsync(
        MigrateDb db, Guid sourceId, VSphereSession session, string cluster, List<Target> targets, DateTime to, Dictionary<string, string> unusable,
        CancellationToken cancellationToken)
    {
        var calls = 0;
        while (targets.FindAll(t => FromOf(t.Watch, to) < to) is { Count: > 0 } behind)
        {
            var queries = behind.SelectMany(t => t.Instances, (t, instance) => new VsanSampleQuery(t.Vm.Key, t.Vm.InstanceUuid!, instance, FromOf(t.Watch, to), UntilOf(t.Watch, to))).ToList();
            var reading = await session.ReadVsanSamplesAsync(cluster, queries, cancellationToken);
            calls += reading.Calls;
            foreach (var (vm, problem) in reading.Problems)
            {
                unusable[vm] = problem;
            }

            await SampleStore.AppendAsync(
                db, sourceId,
                [.. reading.Samples.GroupBy(x => x.Query.VmKey).Select(vm => new VmSamples(vm.Key, vm.ToDictionary(x => VsanSeries.InstanceOf(x.Query.Instance), x => x.Samples, StringComparer.Ordinal)))],
                cancellationToken);
            behind.ForEach(t => t.Watch.VsanUntil = UntilOf(t.Watch, to));
            await db.SaveChangesAsync(cancellationToken);
            foreach (var entry in db.ChangeTracker.Entries<SampleBlock>().ToList())
            {
                entry.State = EntityState.Detached; // Large and done with.
            }
        }

        targets.ForEach(t => t.Watch.VsanUntil = to - Overlap);
        return calls;
    }

    private static DateTime FromOf(BaselineWatch watch, DateTime to) => watch.VsanUntil is { } until && until > to - Backlog ? until : to - Backlog;

    private static DateTime UntilOf(BaselineWatch watch, DateTime to) => FromOf(watch, to) + Span is var end && end < to ? end : to;
}
