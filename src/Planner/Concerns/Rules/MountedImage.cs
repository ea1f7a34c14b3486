using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class MountedImage : IConcernRule
{
    public string Id => "device.cdrom-image";

    public string Label => "CD image attached";

    public string Finds => "Information when an image is in the VM's CD drive, which is not carried over.";

    public string Assessment => "An image is in the VM's CD drive. The domain has no CD drive.";

    public string Remedy => "Attach the image to the domain by hand if the guest needs it.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "vSphere API VirtualCdromIsoBackingInfo";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (OtherDevice device in context.Vm.OtherDevices.Where(device => device.Type == "VirtualCdrom" && device.Backing is { } image && image.EndsWith(".iso", StringComparison.OrdinalIgnoreCase)))
        {
            yield return this.Find(ConcernSeverity.Information, device.Label,
                $"{device.Label} holds {device.Backing}. The domain has no CD drive.",
                Remedy);
        }
    }
}
