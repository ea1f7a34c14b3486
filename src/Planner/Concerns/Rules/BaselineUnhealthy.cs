using Migrate.Planner.Baselines.Trust;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class BaselineUnhealthy : IConcernRule
{
    public string Id => "baseline.unhealthy";

    public string Label => "Baseline of unhealthy storage";

    public string Finds => "Warning when commands were aborted or the bus was reset while the baseline was collected.";

    public string Assessment => "Commands were aborted or the bus was reset while the baseline was collected: the source's storage was in trouble, and its latencies are those of that trouble.";

    public string Remedy => "Find out why and collect again.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere counters virtualDisk.commandsAborted and busResets: both are 0 on storage in order";

    public IEnumerable<Concern> Judge(ConcernContext context) =>
        this.FindReasons(context, Remedy, TrustCode.AbortedCommands);
}
