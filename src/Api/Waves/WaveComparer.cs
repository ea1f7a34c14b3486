using Migrate.Api.Problems;
using Migrate.Executor.Waves;
using Migrate.Planner;
using Migrate.Planner.Waves;

namespace Migrate.Api.Waves;

/// <summary>Plans the waves of a plan by several sets of rules, beside its newest version, and keeps none.</summary>
internal sealed class WaveComparer(WavePlans waves)
{
    private const int MostVariants = 8;

    /// <summary>What comes of a comparison is kept with its operation: it must not become as large as eight versions.</summary>
    private const int MostVms = 500;

    /// <exception cref="InvalidRequestException">wave.compare-invalid.</exception>
    public static void Refuse(CompareWaves request)
    {
        if (request.Variants is not { Count: >= 1 and <= MostVariants } || request.Variants.Any(x => x is not { Name: not null, Rules: not null }))
        {
            throw new InvalidRequestException("wave.compare-invalid", "Nothing was compared: 1 problem.", [$"variants: 1 to {MostVariants}, each with a name and rules."]);
        }
    }

    public async Task<WavesCompared> CompareAsync(string plan, Guid id, CompareWaves request, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var newest = (await waves.ListAsync(id, null, 0, 1, cancellationToken)).Items is [var version] ? version : null;
        var kept = newest is null ? null : (await waves.VmsAsync(newest.Id, null, null, 0, int.MaxValue, cancellationToken)).Items;
        List<WaveComparison> found = [];
        foreach (var variant in request.Variants)
        {
            progress.Report($"set {found.Count + 1} of {request.Variants.Count}");
            found.Add(await CompareAsync(id, variant, kept ?? [], cancellationToken));
        }

        return new WavesCompared(newest is null ? null : WavePlanEndpoints.View(plan, newest), kept is null ? null : Downtime(kept), found);
    }

    /// <summary>Seconds for which VMs are likely to be off, all added up.</summary>
    public static double Downtime(IReadOnlyList<VmMove> vms) => vms.Sum(x => x.DowntimeSeconds.Likely);

    private async Task<WaveComparison> CompareAsync(Guid plan, WaveVariant variant, IReadOnlyList<VmMove> kept, CancellationToken cancellationToken)
    {
        try
        {
            var made = await waves.PreviewAsync(plan, variant.Rules, cancellationToken);
            var changes = WaveDifference.Of(kept, made.Schedule.Vms);
            return new WaveComparison(
                variant.Name, variant.Rules, WaveSummaryView.Of(made.Schedule, made.Schedule.Vms.Count), Downtime(made.Schedule.Vms), made.Schedule.Waves,
                made.Schedule.Vms.CountBy(x => x.Why.Constraint).OrderByDescending(x => x.Value).ToDictionary(), made.Assumptions, changes.Count, [.. changes.Take(MostVms)], null);
        }
        catch (MigrateException e) when (!e.IsTransient)
        {
            return new WaveComparison(variant.Name, variant.Rules, null, null, [], new Dictionary<string, int>(), [], 0, [], e.Message);
        }
    }
}
