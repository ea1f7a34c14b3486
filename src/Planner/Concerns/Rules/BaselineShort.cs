namespace Migrate.Planner.Concerns.Rules;

internal sealed class BaselineShort : IConcernRule
{
    public string Id => "baseline.short";

    public string Label => "Short baseline";

    public string Finds => "Warning when the baseline covers less than a day, Information below seven.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "Load of most services has a weekly shape; tiered storage needs a week to show it";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Baseline is { } baseline && baseline.Window < TimeSpan.FromDays(7))
        {
            bool day = baseline.Window < TimeSpan.FromDays(1);
            yield return this.Find(day ? ConcernSeverity.Warning : ConcernSeverity.Information, context.Vm.Name,
                $"The baseline covers {(day ? $"{baseline.Window.TotalHours:0.#} hours" : $"{baseline.Window.TotalDays:0.#} days")}. {(day ? "Even the daily peak may be missing." : "A weekly peak may be missing.")}",
                "Go on collecting until it covers a week.");
        }
    }
}
