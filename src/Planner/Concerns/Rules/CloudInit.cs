namespace Migrate.Planner.Concerns.Rules;

internal sealed class CloudInit : IConcernRule
{
    public string Id => "guest.guestinfo";

    public string Label => "Configuration through guestinfo";

    public string Finds => "Information when the VM has guestinfo entries, which the guest cannot read on KVM.";

    public string Assessment => "The guest is configured through guestinfo entries, which it does not find on KVM; cloud-init may then take the machine for a new one and reset its network and keys.";

    public string Remedy => "Pin cloud-init's data source to None in the guest, or give the domain a NoCloud disk.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "cloud-init DataSourceVMware; govmomi guestinfo";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.AdvancedSettings.FirstOrDefault(setting => setting.Name.StartsWith("guestinfo.", StringComparison.OrdinalIgnoreCase)) is { } setting)
        {
            yield return this.Find(ConcernSeverity.Information, context.Vm.Name,
                $"The VM is told things by entries such as {setting.Name}. On KVM the guest does not find them, and cloud-init may take the machine for a new one.",
                Remedy);
        }
    }
}
