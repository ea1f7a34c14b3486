using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class FactsMissing : IPreflightRule
{
    public string Id => "kvm.facts";

    public string Label => "Parts of the KVM host could not be read";

    public string Finds => "Information for each fact of the host that could not be read, with the reason.";

    public string Assessment => "What could not be read was not judged either: the host may lack it, or the login may not see it.";

    public string Remedy => "Mend what the reason says (install the program, give the login the right), and check the host again.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "Migrate's reading of KVM hosts (migrate host check)";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        return context.Facts.Gaps.Select(gap => this.Find(ConcernSeverity.Information, gap.Fact, $"{gap.Fact} of {context.Host} could not be read: {gap.Reason}."));
    }
}
