namespace Migrate.Planner.Concerns.Rules;

internal sealed class VirtualizationBasedSecurity : IConcernRule
{
    public string Id => "windows.vbs";

    public string Label => "Virtualization-based security";

    public string Finds => "Warning when Windows runs with virtualization-based security, which needs nesting and an IOMMU in the domain.";

    public string Assessment => "Windows runs with virtualization-based security. The domain offers no IOMMU: credential guard and memory integrity start only as far as they can, or the guest is slower.";

    public string Remedy => "Turn VBS off before the move, or add an IOMMU and nesting to the domain and test it.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API flags.vbsEnabled; Microsoft, virtualization-based security requirements";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.Security.VbsEnabled)
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                Assessment,
                Remedy);
        }
    }
}
