using Migrate.Api.Reports.Formats;
using Migrate.Executor.Runs.Gates;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Reports;

/// <summary>Everything that somebody let through with a reason.</summary>
internal static class AcceptedRisks
{
    public static IReadOnlyList<AcceptedRisk> Of(IEnumerable<ConcernOverride> overrides) =>
    [
        .. overrides.OrderBy(x => x.GivenAt).Select(x => new AcceptedRisk(
            x.VmName, x.ConcernId, x.GivenBy, x.GivenAt, x.Reason, x.LiftedAt is { } at ? $"{x.LiftedBy}, {Text.Time(at)}: {x.LiftedBecause}" : null)),
    ];

    /// <summary>Words for a cutover and for a failed verdict.</summary>
    public static IEnumerable<AcceptedRisk> Of(Run run)
    {
        if (CutoverApproval.Read(run.Approval) is { } approval)
        {
            yield return new AcceptedRisk(run.VmName, "cutover approved", approval.By, approval.At, approval.Reason, null);
        }

        if (FailedVerdict.Of(run)?.Accepted is { } accepted)
        {
            yield return new AcceptedRisk(run.VmName, "verdict of Fail accepted", accepted.By, accepted.At, accepted.Reason, null);
        }
    }
}
