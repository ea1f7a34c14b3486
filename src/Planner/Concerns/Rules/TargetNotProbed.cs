namespace Migrate.Planner.Concerns.Rules;

internal sealed class TargetNotProbed : IConcernRule
{
    public string Id => "kvm.not-probed";

    public string Label => "KVM host was never probed";

    public string Finds => "Warning when nothing is known of the plan's KVM host, so that what rules say of it is unknown.";

    public string Assessment => "The host's CPUs, memory, versions, firmware and io_uring are not known and not judged.";

    public string Remedy => "Probe the host, and make the plan again.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "Migrate's probe of KVM hosts (migrate host probe)";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Plan?.Target is { Facts: null } target)
        {
            yield return this.Find(ConcernSeverity.Warning, target.Name,
                $"{target.Name} was never probed: its CPUs, memory, versions and io_uring are not known and not judged.",
                Remedy);
        }
    }
}
