namespace Migrate.Planner.Concerns.Rules;

internal sealed class ChangeTrackingBuild : IConcernRule
{
    public string Id => "host.cbt-known-bad";

    public string Label => "ESXi release with wrong change tracking";

    public string Finds => "Critical in a warm plan, Warning in a cold one, when the VM's host is of a release whose changed block tracking is known to miss changes.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "Broadcom KB 2090639, KB 2136854 and KB 317933 (change tracking returns wrong sectors in ESXi 4 to 6.0)";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Host is { } host && Version.TryParse(host.Version, out Version? version) && version < new Version(6, 5))
        {
            yield return this.Find(context.Mode == MigrationMode.Warm ? ConcernSeverity.Critical : ConcernSeverity.Warning, host.Name,
                $"{host.Name} runs ESXi {host.Version}. Changed block tracking of releases before 6.5 is known to miss changes after a disk was extended or a snapshot consolidated.",
                "Move the VM cold, or to a host of a newer release, and reset its change tracking before a warm move.");
        }
    }
}
