namespace Migrate.Planner.Concerns.Rules;

internal sealed class TargetCpuLevel : IConcernRule
{
    public string Id => "kvm.cpu-level";

    public string Label => "KVM host's CPU too old for the guest";

    public string Finds => "Critical for a guest like RHEL 9 or later on a CPU without x86-64-v2.";

    public string Assessment => "The guest is built for x86-64-v2 or later. On an older CPU its first program ends with an illegal instruction.";

    public string Remedy => "Choose a host with a newer CPU.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "Red Hat, x86-64-v2 in RHEL 9; x86-64-v3 in RHEL 10";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Plan?.Target is { Facts: { } facts } target && OldCpus.Any(old => facts.CpuModel.StartsWith(old, StringComparison.OrdinalIgnoreCase)) && GuestName.NeedsNewCpu(context.Vm))
        {
            yield return this.Find(ConcernSeverity.Critical, context.Vm.Name,
                $"{target.Name}'s CPU is a {facts.CpuModel}, which lacks x86-64-v2. {context.Vm.GuestFullName} does not start on it.",
                Remedy);
        }
    }

    private static readonly string[] OldCpus = ["486", "pentium", "qemu32", "qemu64", "kvm32", "kvm64", "Conroe", "Penryn", "core2duo", "coreduo", "n270", "Opteron_G1", "Opteron_G2", "Opteron_G3", "phenom", "athlon"];
}
