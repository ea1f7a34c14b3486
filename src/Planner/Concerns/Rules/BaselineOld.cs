namespace Migrate.Planner.Concerns.Rules;

internal sealed class BaselineOld : IConcernRule
{
    public string Id => "baseline.old";

    public string Label => "Old baseline";

    public string Finds => "Information when the baseline is older than 30 days.";

    public string Assessment => "Load changes: a comparison with an old baseline compares with what once was.";

    public string Remedy => "Collect a new one before the wave.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "Load changes; a comparison with an old baseline compares with what was";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Baseline is { } baseline && context.Now - baseline.CollectedAt > TimeSpan.FromDays(30))
        {
            yield return this.Find(ConcernSeverity.Information, context.Vm.Name,
                $"The baseline ended {(context.Now - baseline.CollectedAt).TotalDays:0} days ago.",
                Remedy);
        }
    }
}
