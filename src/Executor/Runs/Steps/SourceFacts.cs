using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs.Steps;

/// <summary>What the plan's inventory version says about where a VM came from: a verdict compares only what can be compared.</summary>
public sealed class SourceFacts(IDbContextFactory<MigrateDb> databases)
{
    /// <summary>Simulators say in their product name that they are.</summary>
    public async Task<bool> IsSimulatedAsync(RunWork work, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var json = await db.InventoryVersions
            .Where(x => x.SourceId == work.Source.Id && x.Number == work.Plan.InventoryVersion)
            .Select(x => x.About).SingleAsync(cancellationToken);
        return JsonSerializer.Deserialize(json, PlannerJson.Default.SourceAbout)!.FullName.Contains("simulator", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>ESXi host's name and CPU; null when the inventory does not know the VM's host.</summary>
    public async Task<string?> MachineOfAsync(RunWork work, Vm vm, CancellationToken cancellationToken)
    {
        if (vm.HostKey is not { } hostKey)
        {
            return null;
        }

        var version = work.Plan.InventoryVersion;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var json = await db.InventoryObjects
            .Where(x => x.SourceId == work.Source.Id && x.Kind == InventoryKind.Host && x.Key == hostKey)
            .Where(x => x.FromVersion <= version && (x.ToVersion == null || x.ToVersion > version))
            .Select(x => x.Body).SingleOrDefaultAsync(cancellationToken);
        return json is null ? null : PlannerJson.Read(json, PlannerJson.Default.EsxHost) is { } host ? $"{host.Name} ({host.CpuModel})" : null;
    }
}
