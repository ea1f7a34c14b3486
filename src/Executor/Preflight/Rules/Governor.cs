using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class Governor : IPreflightRule
{
    public string Id => "kvm.governor";

    public string Label => "CPUs save power";

    public string Finds => "Information when the host's CPUs are governed by powersave or ondemand.";

    public string Assessment => "CPUs that slow down when they wait take microseconds to wake up: each I/O of a quiet guest waits for that.";

    public string Remedy => "cpupower frequency-set -g performance (or the tuned profile virtual-host) where latency counts.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "Linux, cpufreq governors";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        if (context.Facts.Tuning?.Governor is "powersave" or "ondemand" or "conservative")
        {
            yield return this.Find(ConcernSeverity.Information, context.Host, $"CPUs of {context.Host} are governed by {context.Facts.Tuning.Governor}.");
        }
    }
}
