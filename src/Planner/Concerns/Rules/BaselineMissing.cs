namespace Migrate.Planner.Concerns.Rules;

internal sealed class BaselineMissing : IConcernRule
{
    public string Id => "baseline.missing";

    public string Label => "No baseline";

    public string Finds => "Information when nothing is known of how the VM's storage behaves: neither was a sample collected nor did an earlier run take a baseline.";

    public string Assessment => "Nothing is known of how the VM's storage behaves: whether the target is fast enough for it, and whether its storage is slower afterwards, cannot be said.";

    public string Remedy => "Collect a baseline for some days while the VM does its usual work: migrate baseline start.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "Migrate compares latencies before and after a move only where it has a baseline";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Plan is null || context.Baseline is not null)
        {
            yield break;
        }
        if (context.OfFiles)
        {
            yield return this.Find(ConcernSeverity.Information, context.Vm.Name,
                "The VM lies in files and runs nowhere, so that nothing can be measured: whether its storage is slower than it was where it once ran cannot be said.",
                "Nothing; or take in what was measured where it ran, if anything was: migrate baseline import (vscsiStats, fio).");
            yield break;
        }
        string why = context.Collection switch
        {
            null => "No baseline of the VM was collected",
            { StoppedAt: not null } => "The collection of the VM's counters was stopped before it had a sample",
            { PolledAt: null } begun => $"The VM is collected since {begun.StartedAt:yyyy-MM-dd HH:mm} UTC, and the source was not asked yet",
            { } begun => $"The VM is collected since {begun.StartedAt:yyyy-MM-dd HH:mm} UTC, and the source has given no sample: it is off, or its host sends none",
        };
        yield return this.Find(ConcernSeverity.Information, context.Vm.Name,
            $"{why}: whether the target is fast enough for it, and whether its storage is slower afterwards, cannot be said.",
            context.Collection is null ? "Collect a baseline for some days while the VM does its usual work: migrate baseline start." : "Let it run for some days while the VM does its usual work; see migrate baseline status.");
    }
}
