using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class NqnValid : IPreflightRule
{
    public string Id => "nvme.nqn";

    public string Label => "NQN of the subsystem is wrong";

    public string Finds => "Critical when the given NQN can be none, or no target is heard of with it; Information when the target could not be asked.";

    public string Assessment => "A target refuses a connection to a name that it does not know, and the host gives up after one attempt: the answer says do not retry.";

    public string Remedy => "Copy the NQN from the target's discovery (nvme discover) and do not type it.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "NVM Express Base specification, NVMe Qualified Names; Linux: Connect Invalid Parameters with DNR";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        if (context.Nqn is not { } nqn)
        {
            yield break;
        }

        var problems = NqnCheck.Problems(nqn);
        var near = NqnCheck.Near(nqn, context.KnownNqns);
        if (problems.Count > 0)
        {
            yield return this.Find(ConcernSeverity.Critical, nqn, $"'{nqn}' is no NQN: {string.Join("; ", problems)}.", near is null ? null : $"Did you mean {near}?");
        }
        else if (context.KnownNqns.Count > 0 && !context.KnownNqns.Contains(nqn))
        {
            yield return this.Find(ConcernSeverity.Critical, nqn, $"No target is heard of as {nqn}; known are {string.Join(", ", context.KnownNqns)}.", near is null ? null : $"Did you mean {near}?");
        }
        else if (context.KnownNqns.Count == 0 && context.DiscoveryProblem is { } problem)
        {
            yield return this.Find(ConcernSeverity.Information, nqn, $"Whether a target has the name {nqn} could not be asked from this machine: {problem}.");
        }
    }
}
