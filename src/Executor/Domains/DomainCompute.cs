using System.Xml.Linq;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Domains;

/// <summary>Memory, processors, platform features and clock.</summary>
internal static class DomainCompute
{
    private static readonly Version PollControlSince = new(6, 10);

    public static XElement Memory(DomainDraft draft) => draft.Because(
        "memory", new XElement("memory", new XAttribute("unit", "KiB"), draft.Vm.MemoryBytes / 1024), "what the VM had", Basis.Inventory("memoryBytes"));

    public static XElement Vcpu(DomainDraft draft, CpuPlacement placement)
    {
        if (draft.Vm.CpuHotAddEnabled)
        {
            draft.Note("vcpu/@current", "absent", "CPUs could be added while the VM ran; the domain has what it has until it is off", Basis.Inventory("cpuHotAddEnabled"));
        }
        if (draft.Vm.Resources.Cpu.Limit is { } limit)
        {
            draft.Note("cputune/period", "absent", $"the VM had at most {limit} MHz; a share of the host's clock is no speed of another host's, so no limit is set", Basis.Inventory("resources.cpu.limit"));
        }
        return draft.Because(
            "vcpu", new XElement("vcpu", new XAttribute("placement", "static"), draft.Vm.CpuCount), $"what the VM had; {placement.Why}", Basis.Inventory("cpuCount"));
    }

    public static XElement Features(DomainDraft draft, CpuPlacement placement)
    {
        var features = new XElement(
            "features",
            draft.Because("features/acpi", new XElement("acpi"), "shutting down on request, and UEFI, need it"),
            draft.Because("features/apic", new XElement("apic"), "more than one CPU needs it"));
        if (draft.IsWindows && draft.IsAccelerated)
        {
            features.Add(draft.Because("features/hyperv", HyperV(), "Windows spends less time on timers, interrupts and locks when it knows its hypervisor", Basis.Inventory("guestId")));
        }
        else if (draft.IsWindows)
        {
            draft.Note("features/hyperv", "absent", "Hyper-V enlightenments need KVM", Basis.Host("domainType"));
        }
        else if (placement.IsPinned && draft.IsAccelerated && draft.Request.Host.Libvirt >= PollControlSince)
        {
            features.Add(draft.Because(
                "features/kvm",
                new XElement("kvm", new XElement("hint-dedicated", new XAttribute("state", "on")), new XElement("poll-control", new XAttribute("state", "on"))),
                "its CPUs are its own: the guest spins on a lock and waits for the next interrupt without asking the host",
                placement.Basis));
        }
        features.Add(new XElement("vmport", draft.Because("features/vmport", "state", "off", "VMware's I/O port would make the guest's tools believe that they are still on VMware")));
        if (draft.Vm.Firmware == "efi" && draft.Vm.SecureBoot)
        {
            features.Add(new XElement("smm", draft.Because("features/smm", "state", "on", "Secure Boot's variables are only safe behind system management mode", Basis.Inventory("secureBoot"))));
        }
        return features;
    }

    public static XElement Cpu(DomainDraft draft, CpuPlacement placement)
    {
        var cpu = new XElement("cpu");
        if (!draft.IsAccelerated)
        {
            cpu.Add(draft.Because("cpu", "mode", "maximum", "without KVM there is no host CPU to pass through; QEMU emulates all that it can", Basis.Host("domainType")));
        }
        else
        {
            cpu.Add(Mode(draft));
        }
        var (count, cores) = (draft.Vm.CpuCount, draft.Vm.CoresPerSocket);
        var even = cores > 0 && count % cores == 0;
        var perSocket = Math.Max(1, even ? cores : count);
        cpu.Add(draft.Because(
            "cpu/topology",
            new XElement("topology", new XAttribute("sockets", count / perSocket), new XAttribute("dies", 1), new XAttribute("cores", perSocket), new XAttribute("threads", 1)),
            even ? "sockets and cores as the VM had them: licences and NUMA-aware software count them" : $"{cores} cores per socket do not divide {count} CPUs: one socket",
            Basis.Inventory("coresPerSocket")));
        if (placement.IsPinned && draft.IsAccelerated && draft.Policy.Cpu == GuestCpu.HostPassthrough)
        {
            cpu.Add(draft.Because("cpu/cache", new XElement("cache", new XAttribute("mode", "passthrough")), "on CPUs of its own the guest can use what it knows of their caches", placement.Basis));
        }
        cpu.Add(DomainTuning.GuestNuma(draft, placement));
        return cpu;
    }

    private static object[] Mode(DomainDraft draft) => draft.Policy.Cpu switch
    {
        GuestCpu.HostModel =>
        [
            draft.Because("cpu", "mode", "host-model", "the policy wants a CPU that similar hosts can give, too: the domain can move among them", Basis.Policy("cpu")),
            draft.Because("cpu", "check", "partial", "libvirt compares with the host when the domain starts"),
        ],
        GuestCpu.Named =>
        [
            draft.Because("cpu", "mode", "custom", "the policy names the CPU that all hosts of the cluster can give", Basis.Policy("cpu")),
            draft.Because("cpu", "match", "exact", "the same CPU on every host"),
            draft.Because("cpu", "check", "partial", "libvirt compares with the host when the domain starts"),
            draft.Because("cpu/model", new XElement("model", new XAttribute("fallback", "forbid"), draft.Policy.CpuModel), "no other model in its place", Basis.Policy("cpuModel")),
        ],
        _ =>
        [
            draft.Because("cpu", "mode", "host-passthrough", "the guest gets every instruction of the host's CPU", Basis.Policy("cpu")),
            draft.Because("cpu", "check", "none", "there is nothing to compare: it is the host's CPU"),
            draft.Because("cpu", "migratable", "on", "without what would tie the domain to this host"),
        ],
    };

    public static XElement Clock(DomainDraft draft)
    {
        var clock = new XElement("clock", draft.IsWindows
            ? draft.Because("clock", "offset", "localtime", "Windows keeps the hardware clock in local time", Basis.Inventory("guestId"))
            : draft.Because("clock", "offset", "utc", "Linux and most others keep the hardware clock in UTC", Basis.Inventory("guestId")));
        if (draft.IsAccelerated)
        {
            clock.Add(
                draft.Because("clock/timer rtc", Timer("rtc", "tickpolicy", "catchup"), "ticks that were missed come late and not never: Windows counts them"),
                draft.Because("clock/timer pit", Timer("pit", "tickpolicy", "delay"), "ticks that were missed come at the usual rate"),
                draft.Because("clock/timer", Timer("hpet", "present", "no"), "slow to emulate; kvm-clock or the Hyper-V clock are better"));
        }
        if (draft.IsAccelerated && draft.IsWindows)
        {
            clock.Add(draft.Because("clock/timer hypervclock", Timer("hypervclock", "present", "yes"), "Windows reads the time without leaving the guest", Basis.Inventory("guestId")));
        }
        return clock;
    }

    private static XElement Timer(string name, string attribute, string value) =>
        new("timer", new XAttribute("name", name), new XAttribute(attribute, value));

    private static XElement HyperV()
    {
        static XElement On(string name, params object[] more) => new(name, new XAttribute("state", "on"), more);
        return new XElement(
            "hyperv",
            new XAttribute("mode", "custom"),
            On("relaxed"),
            On("vapic"),
            On("spinlocks", new XAttribute("retries", 8191)),
            On("vpindex"),
            On("runtime"),
            On("synic"),
            On("stimer", On("direct")),
            On("reset"),
            On("frequencies"),
            On("tlbflush"),
            On("ipi"));
    }
}
