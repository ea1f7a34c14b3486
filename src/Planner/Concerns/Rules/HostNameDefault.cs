namespace Migrate.Planner.Concerns.Rules;

internal sealed class HostNameDefault : IConcernRule
{
    public string Id => "guest.host-name-default";

    public string Label => "Guest has a default host name";

    public string Finds => "Warning when the guest calls itself localhost.localdomain.";

    public string Assessment => "The guest's name comes from the network, and may be another one after the move.";

    public string Remedy => "Set the host name in the guest, and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "Forklift vmware.hostname.default";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.GuestHostName is "localhost.localdomain")
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                "The guest calls itself localhost.localdomain: its name comes from the network, and may be another one after the move.",
                Remedy);
        }
    }
}
