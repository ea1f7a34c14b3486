namespace Migrate.Planner.Concerns.Rules;

internal sealed class WindowsDrivers : IConcernRule
{
    public string Id => "windows.virtio-drivers";

    public string Label => "Windows needs virtio drivers";

    public string Finds => "Warning for a Windows guest: it does not start from a virtio disk unless vioscsi is installed and started at boot.";

    public string Assessment => "The domain's disks are on virtio-scsi. Windows stops with 7B (INACCESSIBLE_BOOT_DEVICE) unless vioscsi is installed and starts at boot, and nobody can see from outside whether it does.";

    public string Remedy => "Install the virtio-win drivers in the guest while it runs on ESXi, with vioscsi as a boot driver.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "virt-v2v installs viostor and vioscsi as boot drivers; stop code 7B (INACCESSIBLE_BOOT_DEVICE) without";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (GuestName.IsWindows(context.Vm))
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                Assessment,
                Remedy);
        }
    }
}
