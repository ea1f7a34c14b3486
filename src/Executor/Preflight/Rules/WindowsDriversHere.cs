using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class WindowsDriversHere : IPreflightRule
{
    public string Id => "kvm.virtio-win";

    public string Label => "No drivers for the Windows guests";

    public string Finds => "Warning when a Windows VM moves to the host and virtio-win there lacks vioscsi or NetKVM for its release, Information when the host has no virtio-win and is judged for itself.";

    public string Assessment => "virt-v2v takes the drivers for disk and network from virtio-win. Without those of its release the guest starts with a blue screen (0x7B), or without a network.";

    public string Remedy => "Install virtio-win on the host (the RPM, or the ISO under /usr/share/virtio-win), in a release that knows the guest's Windows.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "virt-v2v(1), Windows; virtio-win's directories by release of Windows";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        if (context.Facts.Software is not { } software)
        {
            yield break;
        }

        foreach (var one in context.Vms.Where(one => WindowsReleases.IsWindows(one.Vm)))
        {
            var release = WindowsReleases.Of(one.Vm);
            List<string> missing = [.. Needed.Where(driver => software.VirtioWin?.Drivers.Any(has => has.Driver.Equals(driver, StringComparison.OrdinalIgnoreCase) && (release is null || has.Windows == release)) != true)];
            if (missing.Count > 0)
            {
                yield return this.Find(ConcernSeverity.Warning, one.Vm.Name, software.VirtioWin is { } there
                    ? $"virtio-win of {context.Host} ({there.Path}) lacks {string.Join(" and ", missing)} for {release ?? "Windows"} ({one.Vm.Name})."
                    : $"{context.Host} has no virtio-win, and {one.Vm.Name} is a Windows guest{(release is null ? "" : $" ({release})")}.");
            }
        }

        if (context.Vms.Count == 0 && software.VirtioWin is null)
        {
            yield return this.Find(ConcernSeverity.Information, context.Host, $"{context.Host} has no virtio-win: it can convert no Windows guests.");
        }
    }

    private static readonly string[] Needed = ["vioscsi", "NetKVM"];
}
