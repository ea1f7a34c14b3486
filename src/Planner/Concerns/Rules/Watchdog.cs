using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class Watchdog : IConcernRule
{
    public string Id => "device.watchdog";

    public string Label => "Watchdog or precision clock";

    public string Finds => "Warning for a watchdog timer or precision clock, which the domain does not get.";

    public string Assessment => "The domain is defined without the watchdog or clock. A guest that relies on it is not restarted when it hangs, or loses its precise time.";

    public string Remedy => "Add a watchdog (i6300esb) to the domain, or take the time from PTP over kvm_clock.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API VirtualWDT, VirtualPrecisionClock";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (OtherDevice device in context.Vm.OtherDevices.Where(device => device.Type is "VirtualWDT" or "VirtualPrecisionClock"))
        {
            yield return this.Find(ConcernSeverity.Warning, device.Label,
                $"The guest has a {Words.Or(device.Label, device.Type)}. The domain is defined without.",
                Remedy);
        }
    }
}
