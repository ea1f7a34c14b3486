namespace Migrate.Planner.Concerns.Rules;

internal sealed class HostUnknown : IConcernRule
{
    public string Id => "host.unknown";

    public string Label => "ESXi host not in the inventory";

    public string Finds => "Warning when the inventory does not have the VM's host, so that what rules say of hosts is unknown; a VM of files has none.";

    public string Assessment => "The inventory does not have the VM's ESXi host: nothing is known of its version, network and paths to the storage.";

    public string Remedy => "Give the account the right to see the host, and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "Reading a host needs the privilege System.View on it";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Host is null && !context.OfFiles)
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                Assessment,
                Remedy);
        }
    }
}
