using System.Text.Json;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Plans;

/// <summary>A plan with its names resolved and its JSON columns read.</summary>
public sealed record PlanView
{
    public required Guid Id { get; init; }
    public required string Name { get; init; }
    public required Guid SourceId { get; init; }
    public required string SourceName { get; init; }
    public required int InventoryVersion { get; init; }
    public required Guid KvmHostId { get; init; }
    public required string KvmHostName { get; init; }
    public required MigrationMode Mode { get; init; }
    public required PlanPolicy Policy { get; init; }
    public required DateTime CreatedAt { get; init; }
    public required IReadOnlyList<WaveSummary> Waves { get; init; }
    /// <summary>One page of the plan's VMs, by wave and the operator's order.</summary>
    public required Page<PlanVmView> Vms { get; init; }
}

/// <summary>A wave in counts; <paramref name="CriticalCount"/> above 0 means that it cannot start.</summary>
public sealed record WaveSummary(int Wave, int VmCount, int CriticalCount, int WarningCount, int InformationCount);

public sealed record PlanVmView(
    Guid Id, string VmKey, string VmName, int Wave, MigrationMode Mode, int CriticalCount, int WarningCount, int InformationCount,
    IReadOnlyList<Concern> Concerns, IReadOnlyList<PlannedDisk> Disks)
{
    /// <summary>The row with its JSON columns read.</summary>
    public static PlanVmView Of(PlanVm row) => new(
        row.Id, row.VmKey, row.VmName, row.Wave, row.Mode, row.CriticalCount, row.WarningCount, row.InformationCount,
        JsonSerializer.Deserialize(row.Concerns, PlannerJson.Default.IReadOnlyListConcern)!,
        JsonSerializer.Deserialize(row.Disks, PlannerJson.Default.IReadOnlyListPlannedDisk)!);
}

/// <summary>A line in the list of plans.</summary>
public sealed record PlanListItem(
    Guid Id, string Name, string SourceName, int InventoryVersion, string KvmHostName, MigrationMode Mode, DateTime CreatedAt, IReadOnlyList<WaveSummary> Waves);
