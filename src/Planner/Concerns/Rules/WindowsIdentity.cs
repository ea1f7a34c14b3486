namespace Migrate.Planner.Concerns.Rules;

internal sealed class WindowsIdentity : IConcernRule
{
    public string Id => "windows.identity";

    public string Label => "Windows services bound to the machine";

    public string Finds => "Information for a Windows Server guest: domain controllers, clusters and licences notice that the machine is another.";

    public string Assessment => "What roles the server has cannot be seen from outside. A domain controller must never be rolled back to an older copy, database servers want their own backup first, and activation may ask again.";

    public string Remedy => "Let the owner of the server confirm its roles; after a cut-over of a domain controller never start the source again.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "Microsoft, virtualized domain controllers (VM-GenerationID); activation is bound to hardware";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (GuestName.IsWindowsServer(context.Vm))
        {
            yield return this.Find(ConcernSeverity.Information, context.Vm.Name,
                Assessment,
                Remedy);
        }
    }
}
