using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight;

/// <summary>
/// One rule, one file: a pure function of what was read of a KVM host, of what was tried on its paths, and of the VMs that are to move
/// there. Critical blocks a wave before anything is copied; Warning and Information are shown.
/// </summary>
public interface IPreflightRule : IConcernDescription
{
    /// <summary>The rule of plans that finds the same: a plan's check leaves this one out.</summary>
    string? SaidByPlan => null;

    IEnumerable<Concern> Judge(PreflightContext context);
}

internal static class PreflightRuleWords
{
    public static Concern Find(this IPreflightRule rule, ConcernSeverity severity, string subject, string assessment, string? remedy = null) =>
        new(rule.Id, severity, rule.Label, subject, assessment, remedy ?? rule.Remedy);
}
