namespace Migrate.Planner.Concerns.Rules;

internal sealed class HostDiskBudget : IConcernRule
{
    public string Id => "host.many-disks";

    public string Label => "Many disks of the plan on one ESXi host";

    public string Finds => "Information when more than ten disks of the plan are read from the VM's host.";

    public string Assessment => "One ESXi host serves about ten disks at a time at full speed. More of them in one wave make the wave as slow as this host.";

    public string Remedy => "Spread the VMs over hosts (vMotion) before the wave, or over waves.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "MTV performance recommendations: more than ten concurrent reads per ESXi host bring nothing";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Plan is { } plan && context.Host is { } host && plan.DisksOn.GetValueOrDefault(host.Key) is > MostAtOnce and int disks)
        {
            yield return this.Find(ConcernSeverity.Information, host.Name,
                $"{disks} disks of the plan are read from {host.Name}. One ESXi host serves about ten at a time at full speed, so the wave is as slow as this host.",
                Remedy);
        }
    }

    private const int MostAtOnce = 10;
}
