using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class FactsOld : IPreflightRule
{
    public string Id => "kvm.facts-old";

    public string Label => "KVM host was read long ago";

    public string Finds => "Warning when the facts of the host are older than a week.";

    public string Assessment => "Packages, memory, space and network of the host may have changed since; everything here was judged by what was read then.";

    public string Remedy => "Check the host again (migrate host check).";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "Migrate's reading of KVM hosts (migrate host check)";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        if (context.Facts.ReadAt is { } read && context.Now - read > Longest)
        {
            yield return this.Find(ConcernSeverity.Warning, context.Host, $"{context.Host} was read on {read:u}, {(context.Now - read).TotalDays:0} days ago.");
        }
    }

    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);
}
