using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class QemuKnownBad : IPreflightRule
{
    public string Id => "kvm.qemu-known-bad";

    public string Label => "QEMU with a known fault";

    public string Finds => "Critical when IOThreads hang in the host's QEMU, Warning for other faults of its release that the VMs would meet.";

    public string Assessment => "The release has a fault that its successors do not have; which one, the finding says.";

    public string Remedy => "Upgrade QEMU to a release without the fault.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "QEMU's issues and mailing list, release by release";

    public IReadOnlyList<string> Details => [.. Faults.Select(fault => $"{fault.From} up to, without, {fault.FixedIn}: {fault.What} ({fault.Source})")];

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        foreach (var fault in Faults.Where(fault => context.Facts.Qemu >= fault.From && context.Facts.Qemu < fault.FixedIn && fault.Meets(context)))
        {
            yield return this.Find(fault.Severity, context.Host, $"{context.Host} has QEMU {context.Facts.Qemu}: {fault.What} ({fault.Source}).", $"Upgrade QEMU to {fault.FixedIn} or later{fault.Else}.");
        }
    }

    private sealed record Fault(Version From, Version FixedIn, ConcernSeverity Severity, string What, string Source, string Else, Func<PreflightContext, bool> Meets);

    private static readonly Fault[] Faults =
    [
        new(new(7, 1, 0), new(7, 1, 1), ConcernSeverity.Critical, "IOThreads hang with io_uring", "QEMU issue 1193", "", context => context.Facts.IoUring.Usable),
        new(new(10, 2, 0), new(10, 2, 2), ConcernSeverity.Warning, "I/O of SATA and IDE disks with io_uring waits up to 499 ms longer", "patch of 13 February 2026 on qemu-block", ", and keep disks on virtio", context => context.Facts.IoUring.Usable),
        new(new(10, 0, 0), new(11, 0, 0), ConcernSeverity.Warning, "Windows guests on AMD processors may crash by arch-capabilities", "libvirt 12.5 release notes", ", or libvirt to 12.5",
            context => context.Facts.Cpu.Vendor == "AMD" && context.Facts.Libvirt < new Version(12, 5) && context.Vms.Any(one => one.Vm.GuestId.StartsWith("win", StringComparison.OrdinalIgnoreCase))),
    ];
}
