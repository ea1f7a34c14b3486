namespace Migrate.Planner.Concerns.Rules;

internal sealed class TimeSync : IConcernRule
{
    public string Id => "guest.time-sync";

    public string Label => "Guest takes its time from the host";

    public string Finds => "Warning when VMware Tools set the guest's clock, which nobody does on KVM.";

    public string Assessment => "VMware Tools set the guest's clock by the ESXi host. Nobody does so on KVM.";

    public string Remedy => "Set up NTP or chrony (or PTP over kvm_clock) in the guest before the move.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API ToolsConfigInfo.syncTimeWithHost";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.Guest.TimeSyncedWithHost)
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                Assessment,
                Remedy);
        }
    }
}
