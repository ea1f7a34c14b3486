using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Baselines.Histograms;
using Migrate.Planner.Baselines.Series;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Baselines;

/// <summary>The baselines that were collected; none is ever overwritten.</summary>
public sealed class BaselineStore(IDbContextFactory<MigrateDb> factory)
{
    /// <summary>
    /// Returns the row's id, by which a run refers to the baseline that was taken for it. With <paramref name="series"/>, by instance,
    /// they are what is stored of its samples.
    /// </summary>
    public async Task<Guid> SaveAsync(
        Guid sourceId, Baseline baseline, CancellationToken cancellationToken, IReadOnlyDictionary<string, SampleSeries>? series = null)
    {
        var body = series is null ? baseline : baseline with { Disks = [.. baseline.Disks.Select(disk => disk with { Samples = [] })] };
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        var row = new BaselineRow
        {
            Id = Guid.CreateVersion7(baseline.CollectedAt),
            SourceId = sourceId,
            VmKey = baseline.VmKey,
            CollectedAt = baseline.CollectedAt,
            Body = JsonSerializer.Serialize(body, PlannerJson.Default.Baseline),
            Samples = series is null ? null : SeriesBundle.Encode(series),
        };
        db.Baselines.Add(row);
        await db.SaveChangesAsync(cancellationToken);
        return row.Id;
    }

    /// <summary>The VM's newest baseline, or null when none was collected.</summary>
    public async Task<Baseline?> LoadLatestAsync(Guid sourceId, string vmKey, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        return Read(await db.Baselines.AsNoTracking().Where(row => row.SourceId == sourceId && row.VmKey == vmKey)
            .OrderByDescending(row => row.CollectedAt).ThenByDescending(row => row.Id)
            .FirstOrDefaultAsync(cancellationToken));
    }

    /// <summary>The baseline with this id, or null.</summary>
    public async Task<Baseline?> LoadAsync(Guid id, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        return Read(await db.Baselines.AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, cancellationToken));
    }

    /// <summary>What was imported of the VM's disks, the newest first.</summary>
    public async Task<IReadOnlyList<DiskHistograms>> LoadHistogramsAsync(Guid sourceId, string vmKey, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        return await DiskHistograms.LoadAsync(db, sourceId, vmKey, cancellationToken);
    }

    /// <summary>The row's samples by instance; none of a baseline that was stored before they were packed.</summary>
    /// <exception cref="MigrateException">baseline.damaged.</exception>
    internal static IReadOnlyDictionary<string, SampleSeries> SeriesOf(BaselineRow row)
    {
        try
        {
            return row.Samples is null ? new Dictionary<string, SampleSeries>() : SeriesBundle.Decode(row.Samples);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or OverflowException)
        {
            throw new MigrateException(
                "baseline.damaged", $"The baseline of {row.VmKey} of {row.CollectedAt:yyyy-MM-dd HH:mm} UTC cannot be read: {e.Message}", "Restore the database from a backup.", e);
        }
    }

    private static Baseline? Read(BaselineRow? row)
    {
        var baseline = row is null ? null : JsonSerializer.Deserialize(row.Body, PlannerJson.Default.Baseline);
        if (baseline is null || row!.Samples is null)
        {
            return baseline;
        }

        var series = SeriesOf(row);
        return baseline with
        {
            Disks =
            [
                .. baseline.Disks.Select(d => series.GetValueOrDefault(d.Instance, SampleSeries.Empty) is var own
                    ? d with { Samples = Baseline.SamplesOf(own), Series = own } : d),
            ],
        };
    }
}
