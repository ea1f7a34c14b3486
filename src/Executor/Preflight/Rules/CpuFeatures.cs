using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class CpuFeatures : IPreflightRule
{
    public string Id => "kvm.cpu-features";

    public string Label => "Guest loses CPU features";

    public string Finds => "Warning when the host's CPU lacks features that the source's EVC mode showed the VM, Information when the VM comes from another maker's CPUs.";

    public string Assessment => "A guest that was built or tuned for the features (or a program in it that looked once) may end with an illegal instruction or get slower. Between makers, licences and drivers may ask again.";

    public string Remedy => "Choose a host whose CPU has the features, or make sure that nothing in the guest depends on them.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "VMware KB 1003212, EVC modes and the features that each adds";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        if (context.Facts.Cpu.Flags.Count == 0)
        {
            yield break;
        }

        foreach (var one in context.Vms)
        {
            var needed = EvcModes.FeaturesOf(one.EvcMode);
            List<string> missing = [.. needed.Where(flag => !context.Facts.Cpu.Flags.Contains(flag))];
            if (missing.Count > 0)
            {
                yield return this.Find(ConcernSeverity.Warning, one.Vm.Name, $"{one.Vm.Name} ran under {one.EvcMode}, and {context.Host}'s CPU ({context.Facts.Cpu.Name ?? context.Facts.CpuModel}) lacks {string.Join(", ", missing)}.");
            }

            if (EvcModes.VendorOf(one.EvcMode) is { } vendor && context.Facts.Cpu.Vendor.Length > 0 && vendor != context.Facts.Cpu.Vendor)
            {
                yield return this.Find(ConcernSeverity.Information, one.Vm.Name, $"{one.Vm.Name} comes from {vendor} CPUs ({one.EvcMode}), and {context.Host} has one of {context.Facts.Cpu.Vendor}.");
            }
        }
    }
}
