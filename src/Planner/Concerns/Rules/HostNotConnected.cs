namespace Migrate.Planner.Concerns.Rules;

internal sealed class HostNotConnected : IConcernRule
{
    public string Id => "host.not-connected";

    public string Label => "ESXi host is not connected";

    public string Finds => "Critical when vCenter has lost the VM's host.";

    public string Assessment => "vCenter has lost the host: no reader gets at the VM's disks through it, and what is known of the VM may be old.";

    public string Remedy => "Reconnect the host in vSphere, and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere API HostSystemConnectionState";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Host is { ConnectionState: not ("" or "connected") } host)
        {
            yield return this.Find(ConcernSeverity.Critical, context.Vm.Name,
                $"vCenter's connection to {host.Name} is {host.ConnectionState}: no reader gets at the VM's disks through it.",
                Remedy);
        }
    }
}
