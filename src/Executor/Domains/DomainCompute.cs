using System.Xml.Linq;

namespace Migrate.Executor.Domains;

/// <summary>Memory, processors, firmware, platform features and clock.</summary>
internal static class DomainCompute
{
    public static XElement Memory(DomainDraft draft) => draft.Because(
        "memory", new XElement("memory", new XAttribute("unit", "KiB"), draft.Vm.MemoryBytes / 1024), "what the VM had");

    public static XElement Vcpu(DomainDraft draft) => draft.Because(
        "vcpu", new XElement("vcpu", new XAttribute("placement", "static"), draft.Vm.CpuCount), "what the VM had; not pinned, so that the host's scheduler places it");

    public static XElement Os(DomainDraft draft)
    {
        var type = new XElement(
            "type",
            new XAttribute("arch", "x86_64"),
            draft.Because("os/type", "machine", "q35", "PCI Express, as virtio 1.0 devices want it; libvirt pins the exact version when it defines"),
            "hvm");
        if (draft.Vm.Firmware != "efi")
        {
            draft.Reasons.Add(new SettingReason("os", "BIOS", "the VM booted by BIOS; its boot loader is in the MBR"));
            return new XElement("os", type);
        }
        var secure = draft.Vm.SecureBoot ? "yes" : "no";
        var why = draft.Vm.SecureBoot ? "Secure Boot was on" : "Secure Boot was off";
        var firmware = new XElement("firmware");
        if (draft.Vm.SecureBoot)
        {
            firmware.Add(draft.Because("os/firmware/feature", Feature("enrolled-keys", "yes"), "Secure Boot checks nothing without enrolled keys"));
        }
        firmware.Add(draft.Because("os/firmware/feature", Feature("secure-boot", secure), why));
        return new XElement("os", draft.Because("os", "firmware", "efi", "the VM booted by UEFI; libvirt selects the host's firmware"), type, firmware);
    }

    public static XElement Features(DomainDraft draft)
    {
        var features = new XElement("features", new XElement("acpi"), new XElement("apic"));
        if (draft.IsWindows && draft.IsAccelerated)
        {
            features.Add(draft.Because("features/hyperv", HyperV(), "Windows spends less time on timers, interrupts and locks when it knows its hypervisor"));
        }
        else if (draft.IsWindows)
        {
            draft.Reasons.Add(new SettingReason("features/hyperv", "absent", "Hyper-V enlightenments need KVM"));
        }
        features.Add(new XElement("vmport", draft.Because("features/vmport", "state", "off", "VMware's I/O port would make the guest's tools believe that they are still on VMware")));
        if (draft.Vm.Firmware == "efi" && draft.Vm.SecureBoot)
        {
            features.Add(new XElement("smm", draft.Because("features/smm", "state", "on", "Secure Boot's variables are only safe behind system management mode")));
        }
        return features;
    }

    public static XElement Cpu(DomainDraft draft)
    {
        var cpu = new XElement("cpu");
        if (draft.IsAccelerated)
        {
            cpu.Add(
                draft.Because("cpu", "mode", "host-passthrough", "the guest gets every instruction of the host's CPU"),
                new XAttribute("check", "none"),
                new XAttribute("migratable", "on"));
        }
        else
        {
            cpu.Add(draft.Because("cpu", "mode", "maximum", "without KVM there is no host CPU to pass through; QEMU emulates all that it can"));
        }
        var (count, cores) = (draft.Vm.CpuCount, draft.Vm.CoresPerSocket);
        var even = cores > 0 && count % cores == 0;
        var perSocket = Math.Max(1, even ? cores : count);
        cpu.Add(draft.Because(
            "cpu/topology",
            new XElement("topology", new XAttribute("sockets", count / perSocket), new XAttribute("dies", 1), new XAttribute("cores", perSocket), new XAttribute("threads", 1)),
            even ? "sockets and cores as the VM had them: licences and NUMA-aware software count them" : $"{cores} cores per socket do not divide {count} CPUs: one socket"));
        return cpu;
    }

    public static XElement Clock(DomainDraft draft)
    {
        var clock = new XElement("clock", draft.IsWindows
            ? draft.Because("clock", "offset", "localtime", "Windows keeps the hardware clock in local time")
            : draft.Because("clock", "offset", "utc", "Linux and most others keep the hardware clock in UTC"));
        if (draft.IsAccelerated)
        {
            clock.Add(
                Timer("rtc", "tickpolicy", "catchup"),
                Timer("pit", "tickpolicy", "delay"),
                draft.Because("clock/timer", Timer("hpet", "present", "no"), "slow to emulate; kvm-clock or the Hyper-V clock are better"));
        }
        if (draft.IsAccelerated && draft.IsWindows)
        {
            clock.Add(Timer("hypervclock", "present", "yes"));
        }
        return clock;
    }

    private static XElement Timer(string name, string attribute, string value) =>
        new("timer", new XAttribute("name", name), new XAttribute(attribute, value));

    private static XElement Feature(string name, string enabled) =>
        new("feature", new XAttribute("enabled", enabled), new XAttribute("name", name));

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
