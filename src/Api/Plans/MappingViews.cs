using Migrate.Executor.Targets;
using Migrate.Planner;
using Migrate.Planner.Plans.Mappings;

namespace Migrate.Api.Plans;

/// <summary>Plans' mappings with what their destinations offer.</summary>
internal sealed class MappingViews(PlanMappings mappings, ITargetControl target, TimeProvider time)
{
    /// <summary>A target that does not answer keeps nobody from looking at networks.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <exception cref="MigrateException">plan.unknown.</exception>
    public async Task<PlanMappingsView> ReadAsync(string plan, CancellationToken cancellationToken)
    {
        var use = await mappings.ReadAsync(plan, cancellationToken);
        var place = await PlaceAsync(cancellationToken);
        var facts = use.Host?.Facts;
        return new PlanMappingsView(
            use.PlanName, use.InventoryVersion, use.Networks, use.Datastores,
            new MappingTargets(use.Host?.Name, facts?.ReadAt, facts?.Bridges, facts?.Networks, use.Attachment, place?.Directory, place?.FreeBytes, place?.SubsystemNqn));
    }

    private async Task<TargetPlace?> PlaceAsync(CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await target.PlaceAsync(both.Token);
        }
        catch (MigrateException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
