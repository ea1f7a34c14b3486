using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Baselines.Digests;
using Migrate.Planner.Baselines.Profiles;
using Migrate.Planner.Baselines.Series;
using Migrate.Planner.Baselines.Trust;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere;

namespace Migrate.Planner.Baselines;

/// <summary>Reads what was collected of a VM and makes figures of it.</summary>
public sealed class CollectedBaselines(IDbContextFactory<MigrateDb> factory, SampleStore samples, InventoryStore inventories)
{
    /// <summary>Four weeks: as many as four of each hour of the week, and nothing of how the VM was used long ago.</summary>
    public static readonly TimeSpan DefaultWindow = TimeSpan.FromDays(28);

    /// <summary>What a run compares with, and what plans are judged by.</summary>
    public static readonly TimeSpan WindowOfRun = TimeSpan.FromDays(7);

    /// <summary>
    /// The samples of <paramref name="window"/> before the newest one. Null when nothing was collected or imported.
    /// </summary>
    public async Task<CollectedBaseline?> LoadAsync(Guid sourceId, Vm vm, TimeSpan window, CancellationToken cancellationToken)
    {
        await using var db = await factory.CreateDbContextAsync(cancellationToken);
        var histograms = await Histograms.DiskHistograms.LoadAsync(db, sourceId, vm.Key, cancellationToken);
        var watch = await db.BaselineWatches.AsNoTracking().SingleOrDefaultAsync(w => w.SourceId == sourceId && w.VmKey == vm.Key, cancellationToken);
        if (watch?.Watermark is null && histograms.Count == 0)
        {
            return null;
        }

        var to = (watch?.Watermark ?? histograms[0].ImportedAt).AddSeconds(1);
        var from = to - window;
        var series = await samples.ReadAsync(sourceId, vm.Key, from, to, cancellationToken);
        var evidence = await EvidenceAsync(db, sourceId, vm, watch, series, from, cancellationToken);
        var changes = (await MeasuredChange.LoadAsync(db, sourceId, vm.Key, from, cancellationToken)).ToLookup(change => change.DiskKey);
        return new CollectedBaseline(
            vm.Key, vm.Name, from, to, BaselineTrust.Judge(evidence),
            [
                .. vm.Disks.Where(d => d.Instance.Length > 0).Select(d => DiskProfile.Of(
                    d.Instance, d.Key, series.GetValueOrDefault(d.Instance, SampleSeries.Empty), SampleSeries.IntervalSeconds, [.. changes[d.Key]])),
            ],
            histograms,
            [
                .. vm.Disks.Where(d => d.Instance.Length > 0 && series.ContainsKey(VsanSeries.InstanceOf(d.Instance)))
                    .Select(d => DiskProfile.Of(d.Instance, d.Key, series[VsanSeries.InstanceOf(d.Instance)], VsanSeries.IntervalSeconds)),
            ],
            watch?.VsanProblem);
    }

    /// <summary>
    /// What a run compares with: the last seven days that were collected, and what the source still has of the last hour. Without a
    /// session (the VM is off) only the former. The second value is the samples, by instance.
    /// </summary>
    public async Task<(Baseline Baseline, IReadOnlyDictionary<string, SampleSeries> Series)> ForRunAsync(
        Guid sourceId, Vm vm, VSphereSession? session, DateTime now, CancellationToken cancellationToken)
    {
        await using var db = await factory.CreateDbContextAsync(cancellationToken);
        var watch = await db.BaselineWatches.AsNoTracking().SingleOrDefaultAsync(w => w.SourceId == sourceId && w.VmKey == vm.Key, cancellationToken);
        var series = new Dictionary<string, SampleSeries>(StringComparer.Ordinal);
        var from = (watch?.Watermark ?? now) - WindowOfRun;
        if (watch?.Watermark is { } newest)
        {
            foreach (var (instance, collected) in (await samples.ReadAsync(sourceId, vm.Key, from, newest.AddSeconds(1), cancellationToken)).Where(disk => !VsanSeries.Is(disk.Key)))
            {
                series[instance] = collected;
            }
        }

        string? problem = null;
        if (session is not null)
        {
            List<string> instances = [.. vm.Disks.Select(disk => disk.Instance).Where(instance => instance.Length > 0)];
            var reading = await session.ReadSamplesAsync([new SampleQuery(vm.Key, instances.Count, null, instances)], cancellationToken);
            problem = reading.Failures.GetValueOrDefault(vm.Key)?.Message;
            foreach (var (instance, hour) in reading.Samples.SelectMany(x => x.Disks))
            {
                series[instance] = series.GetValueOrDefault(instance, SampleSeries.Empty).Merge(hour);
            }
        }

        var evidence = await EvidenceAsync(db, sourceId, vm, watch, series, from, cancellationToken);
        evidence = session is null ? evidence : await WithNewestEventsAsync(evidence with { LastHourProblem = problem }, session, watch?.EventsUntil, cancellationToken);
        return (Baseline.Of(vm, series, now) with { Trust = BaselineTrust.Judge(evidence) }, series);
    }

    private async Task<TrustEvidence> EvidenceAsync(
        MigrateDb db, Guid sourceId, Vm vm, BaselineWatch? watch, IReadOnlyDictionary<string, SampleSeries> series, DateTime from, CancellationToken cancellationToken)
    {
        var gaps = await db.BaselineGaps.AsNoTracking().Where(g => g.SourceId == sourceId && g.VmKey == vm.Key && g.Before >= from).ToListAsync(cancellationToken);
        var events = await db.BaselineEvents.AsNoTracking().Where(e => e.SourceId == sourceId && e.VmKey == vm.Key && e.At >= from).ToListAsync(cancellationToken);
        var datastores = new Dictionary<string, Datastore>(StringComparer.Ordinal);
        foreach (var key in vm.Disks.Select(d => d.DatastoreKey).OfType<string>().Distinct())
        {
            if (await inventories.FindDatastoreAsync(sourceId, key, null, cancellationToken) is { } datastore)
            {
                datastores[key] = datastore;
            }
        }

        var hosts = new Dictionary<string, EsxHost>(StringComparer.Ordinal);
        if (vm.HostKey is not null && await inventories.FindHostAsync(sourceId, vm.HostKey, null, cancellationToken) is { } host)
        {
            hosts[vm.HostKey] = host;
        }

        return BaselineEvidence.Of(
            vm, watch, series.ToDictionary(disk => disk.Key, disk => SeriesDigest.Of(disk.Value)), gaps,
            [.. events.Select(e => new Disturbance(e.EventKey, e.VmKey, e.At, Enum.Parse<DisturbanceKind>(e.Kind), e.Message))], datastores, hosts);
    }

    /// <summary>What has happened to the VM since the collector looked, or in the hour that the source has samples of.</summary>
    private static async Task<TrustEvidence> WithNewestEventsAsync(TrustEvidence evidence, VSphereSession session, DateTime? known, CancellationToken cancellationToken)
    {
        try
        {
            var clock = await session.ReadClockAsync(cancellationToken);
            var (newer, _) = await session.ReadDisturbancesAsync(known ?? clock.AddHours(-1), clock, cancellationToken, evidence.Vm.Key);
            return evidence with { Disturbances = [.. evidence.Disturbances.Concat(newer).DistinctBy(d => d.Key)], DisturbancesKnown = true };
        }
        catch (VSphereFault fault) when (!fault.IsTransient)
        {
            return evidence with { DisturbancesKnown = false };
        }
    }
}
