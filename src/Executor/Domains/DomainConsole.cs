using System.Xml.Linq;
using Migrate.Planner.Inventory;

namespace Migrate.Executor.Domains;

/// <summary>Serial console with its log, screen, guest agent, watchdog, entropy and balloon.</summary>
internal static class DomainConsole
{
    private static readonly Version ItcoSince = new(9, 1);

    public static IEnumerable<XElement> Devices(DomainDraft draft)
    {
        yield return draft.Because(
            "serial",
            new XElement(
                "serial",
                new XAttribute("type", "pty"),
                new XElement(
                    "log",
                    draft.Because("serial/log", "file", draft.Request.ConsoleLogPath, "what the guest says while it boots is the proof that it boots"),
                    draft.Because("serial/log", "append", "off", "of this boot only")),
                new XElement("target", new XAttribute("type", "isa-serial"), new XAttribute("port", 0))),
            "the first serial port, which every guest can write to while it boots");
        yield return draft.Because(
            "console",
            new XElement("console", new XAttribute("type", "pty"), new XElement("target", new XAttribute("type", "serial"), new XAttribute("port", 0))),
            "virsh console shows the serial port");
        yield return draft.Because(
            "channel",
            new XElement(
                "channel",
                new XAttribute("type", "unix"),
                new XElement("target", new XAttribute("type", "virtio"), new XAttribute("name", "org.qemu.guest_agent.0"))),
            "the QEMU guest agent's way out, for consistent snapshots and clean shutdowns");
        yield return draft.Because(
            "graphics",
            new XElement("graphics", new XAttribute("type", "vnc"), new XElement("listen", new XAttribute("type", "none"))),
            "a screen that is reached through libvirt only (virt-viewer --attach): no port is opened");
        yield return draft.Because("video", new XElement("video", new XElement("model", new XAttribute("type", "vga"))), "every guest has a driver for it, whatever else it lacks after the move");
        yield return Watchdog(draft);
        yield return draft.WantsLatency
            ? draft.Because(
                "memballoon",
                new XElement("memballoon", new XAttribute("model", "none")),
                draft.Vm.LatencySensitivity == "high" ? "latency sensitivity is high: memory is not taken back" : "the profile is for latency: memory is not taken back",
                draft.LatencyBasis)
            : draft.Because(
                "memballoon",
                new XElement("memballoon", new XAttribute("model", "virtio"), new XAttribute("autodeflate", "on"), new XAttribute("freePageReporting", "on")),
                "memory that the guest does not use returns to the host");
        yield return draft.Because(
            "rng",
            new XElement("rng", new XAttribute("model", "virtio"), new XElement("backend", new XAttribute("model", "random"), "/dev/urandom")),
            "entropy at once: services do not wait for it at boot");
    }

    /// <summary>The chipset's own where libvirt knows it: it cannot be left out there, so it is said.</summary>
    private static XElement Watchdog(DomainDraft draft)
    {
        var itco = draft.Request.Host.Libvirt >= ItcoSince;
        var had = draft.Vm.OtherDevices.Any(d => d.Kind == DeviceKind.Watchdog);
        return draft.Because(
            "watchdog",
            new XElement("watchdog", new XAttribute("model", itco ? "itco" : "i6300esb"), new XAttribute("action", "reset")),
            had ? "the VM had one, and its guest may rely on it" : "does nothing until the guest's watchdog daemon opens it; then a hung guest is reset",
            had ? Basis.Inventory("otherDevices") : Basis.Host("libvirt"));
    }

    /// <summary>What the VM had and the domain has not; passing hardware through is nothing that a migration decides.</summary>
    public static void NoteAbsent(DomainDraft draft)
    {
        foreach (var device in draft.Vm.OtherDevices)
        {
            var why = device.Kind switch
            {
                DeviceKind.PciPassthrough or DeviceKind.DynamicPciPassthrough or DeviceKind.VirtualGpu or DeviceKind.Dvx or DeviceKind.ScsiPassthrough =>
                    "hardware of the ESXi host: assign the KVM host's own after the move",
                DeviceKind.Usb => "a USB device of the ESXi host or of somebody's workstation",
                DeviceKind.SerialPort => "the domain has one serial port, which its console uses",
                DeviceKind.ParallelPort or DeviceKind.Floppy or DeviceKind.SoundCard => "a device of past days; nothing on the KVM host is behind it",
                DeviceKind.Cdrom => "what was inserted stays on the datastore; insert an image with virsh attach-disk if the guest needs one",
                DeviceKind.Nvdimm or DeviceKind.NvdimmController => "persistent memory of the ESXi host does not move",
                DeviceKind.PrecisionClock => "chrony with kvm-clock (ptp_kvm) takes its place",
                DeviceKind.Vmci => "VMware's own channel, of no use elsewhere",
                _ => null,
            };
            if (why is not null)
            {
                draft.Note($"device {device.Label}", "absent", why, Basis.Inventory("otherDevices"));
            }
        }
    }
}
