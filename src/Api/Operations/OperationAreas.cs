using Migrate.Api.Security;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Operations;

/// <summary>A key that opens only an area may see and stop what it began there.</summary>
internal static class OperationAreas
{
    public const string Own = "Operations";

    /// <summary>The area of the call that begins it.</summary>
    private static readonly Dictionary<OperationKind, string> Areas = new()
    {
        [OperationKind.SynchroniseSource] = "Sources",
        [OperationKind.AddSource] = "Sources",
        [OperationKind.UpdateSource] = "Sources",
        [OperationKind.CheckPlan] = "Concerns",
        [OperationKind.VerifyManifest] = "Manifests",
        [OperationKind.ProbeHost] = "KVM hosts",
        [OperationKind.CheckHost] = "KVM hosts",
        [OperationKind.AddHost] = "KVM hosts",
        [OperationKind.UpdateHost] = "KVM hosts",
        [OperationKind.PlanWaves] = "Waves",
        [OperationKind.CompareWaves] = "Waves",
    };

    public static string[] All { get; } = [Own, .. Areas.Values.Distinct()];

    /// <exception cref="MigrateException">operation.role-missing.</exception>
    public static void Check(Account account, OperationView operation)
    {
        var area = Areas[operation.Kind];
        if (account.Areas.Count > 0 && !account.Areas.Intersect([Own, area], StringComparer.OrdinalIgnoreCase).Any())
        {
            throw new MigrateException(
                "operation.role-missing", $"The operation {operation.Id} belongs to the area {area}, which the key of {account.Name} does not open.", $"Use a key with the area {area} or {Own}, or one without areas.");
        }
    }
}
