namespace Migrate.Planner.Concerns.Rules;

internal sealed class OvfProperties : IConcernRule
{
    public string Id => "vm.ovf-environment";

    public string Label => "Properties of an OVF deployment";

    public string Finds => "Warning when the guest is told OVF properties at every start, which nobody does on KVM.";

    public string Assessment => "vSphere tells the guest OVF properties at every start. On KVM nobody does: an appliance may come up without an address.";

    public string Remedy => "Make the settings fixed in the guest before the move.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API VmConfigInfo.ovfEnvironmentTransport (DMTF DSP0243)";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.OvfEnvironment is { Transports.Count: > 0 } ovf)
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                $"The guest is told {Words.Count(ovf.PropertyNames.Count, "OVF property").Replace("propertys", "properties", StringComparison.Ordinal)} by {string.Join(", ", ovf.Transports)} at every start. On KVM nobody does: an appliance may come up without an address.",
                Remedy);
        }
    }
}
