namespace Migrate.Planner.Concerns.Rules;

internal sealed class HostMaintenance : IConcernRule
{
    public string Id => "host.maintenance";

    public string Label => "ESXi host in maintenance";

    public string Finds => "Warning when the VM's host is in maintenance mode.";

    public string Assessment => "A host in maintenance may be restarted while the VM's disks are read from it.";

    public string Remedy => "Wait until the maintenance has ended, or move the VM to another host, and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API HostRuntimeInfo.inMaintenanceMode; Forklift plan condition HostNotReady";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Host is { InMaintenance: true } host)
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                $"{host.Name} is in maintenance mode: it may be restarted while the VM's disks are read from it.",
                Remedy);
        }
    }
}
