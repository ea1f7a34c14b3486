namespace Migrate.Planner.Concerns.Rules;

internal sealed class NoAcceleration : IConcernRule
{
    public string Id => "kvm.no-acceleration";

    public string Label => "KVM does not work on the host";

    public string Finds => "Warning when domains of the plan's host run by emulation.";

    public string Assessment => "Domains run by emulation and not by KVM: many times slower, whatever the storage does.";

    public string Remedy => "Turn virtualization on in the firmware and load the kvm modules, or probe the host again.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "QEMU's TCG runs a guest many times slower than KVM";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Plan?.Target is { DomainType: "qemu" } target)
        {
            yield return this.Find(ConcernSeverity.Warning, target.Name,
                $"Domains on {target.Name} run by emulation and not by KVM: many times slower, whatever the storage does.",
                Remedy);
        }
    }
}
