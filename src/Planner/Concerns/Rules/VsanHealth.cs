namespace Migrate.Planner.Concerns.Rules;

internal sealed class VsanHealth : IConcernRule
{
    public string Id => "vsan.health";

    public string Label => "vSAN is not healthy";

    public string Finds => "Critical when vSAN's health is red, Warning when it is yellow; Information when the VM is on vSAN and its health is not known.";

    public string Assessment => "vSAN complains of its own state, or it is not known. Reading everything once may be what a failing component does not stand.";

    public string Remedy => "Mend what vSAN complains of, or wait until it has, and synchronise; give the account the right to read vSAN's health where it is not known.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSAN Administration guide, Skyline Health; VsanQueryVcClusterHealthSummary";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (!context.DiskDatastores.Any(datastore => datastore.IsVsan))
        {
            yield break;
        }
        string about = context.Cluster?.Vsan?.HealthProblems is { Count: > 0 } problems ? $" ({string.Join("; ", problems.Take(3))})" : "";
        switch (context.Cluster?.Vsan?.Health)
        {
            case "red":
                yield return this.Find(ConcernSeverity.Critical, context.Cluster.Name, $"vSAN's health is red{about}. Reading everything once may be what a failing component does not stand.", Mend);
                break;
            case "yellow":
                yield return this.Find(ConcernSeverity.Warning, context.Cluster.Name, $"vSAN's health is yellow{about}.", Mend);
                break;
            case "green":
                break;
            default:
                yield return this.Find(ConcernSeverity.Information, context.Cluster?.Name ?? context.Vm.Name, "The VM is on vSAN, and its health, resynchronisation and services are not known, so they are not judged.",
                    "Give the account the right to read vSAN's health, and synchronise; or look at it in vSphere before the wave.");
                break;
        }
    }

    private const string Mend = "Mend what vSAN complains of, or wait until it has, and synchronise.";
}
