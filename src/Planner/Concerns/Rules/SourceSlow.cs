namespace Migrate.Planner.Concerns.Rules;

internal sealed class SourceSlow : IConcernRule
{
    public string Id => "baseline.slow-source";

    public string Label => "Source is slow already";

    public string Finds => "Information when the 95th percentile of the baseline's 20 s means is above 20 ms.";

    public string Assessment => "The source's storage is slow already. Reading all of it adds to that, for the VM and for its neighbours.";

    public string Remedy => "Run the wave in quiet hours.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "vSphere performance guidance: more than 20 ms of device latency is a problem";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Baseline?.WorstLatencyUs is > 20_000 and double latency)
        {
            yield return this.Find(ConcernSeverity.Information, context.Vm.Name,
                $"The slowest disk's 95th percentile of 20 s means is about {latency / 1000:0.#} ms. The source's storage is overloaded, and reading all of it adds to that.",
                Remedy);
        }
    }
}
