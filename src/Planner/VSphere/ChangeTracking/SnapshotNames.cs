namespace Migrate.Planner.VSphere.ChangeTracking;

/// <summary>How our snapshots are told from those of backup tools and people: by the run's id in name and description.</summary>
internal static class SnapshotNames
{
    public static string Of(Guid runId, int pass) => $"migrate-{runId:N}-{pass}";

    public static string DescriptionOf(Guid runId, int pass) =>
        $"Taken by Migrate for pass {pass} of run {runId:D}, which removes it. Without that run it can be deleted.";

    public static bool IsOurs(string? name, string? description, Guid runId) =>
        name?.StartsWith($"migrate-{runId:N}-", StringComparison.Ordinal) == true && description?.Contains(runId.ToString("D"), StringComparison.Ordinal) == true;
}
