using System.Xml.Linq;

namespace Migrate.Executor.Domains;

/// <summary>Serial console with its log, screen, guest agent, entropy and balloon.</summary>
internal static class DomainConsole
{
    public static IEnumerable<XElement> Devices(DomainDraft draft)
    {
        yield return new XElement(
            "serial",
            new XAttribute("type", "pty"),
            new XElement(
                "log",
                draft.Because("serial/log", "file", draft.Request.ConsoleLogPath, "what the guest says while it boots is the proof that it boots"),
                new XAttribute("append", "off")),
            new XElement("target", new XAttribute("type", "isa-serial"), new XAttribute("port", 0)));
        yield return new XElement("console", new XAttribute("type", "pty"), new XElement("target", new XAttribute("type", "serial"), new XAttribute("port", 0)));
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
        yield return new XElement("video", new XElement("model", new XAttribute("type", "vga")));
        yield return draft.Vm.LatencySensitivity == "high"
            ? draft.Because("memballoon", new XElement("memballoon", new XAttribute("model", "none")), "latency sensitivity is high: memory is not taken back")
            : draft.Because(
                "memballoon",
                new XElement("memballoon", new XAttribute("model", "virtio"), new XAttribute("autodeflate", "on"), new XAttribute("freePageReporting", "on")),
                "memory that the guest does not use returns to the host");
        yield return draft.Because(
            "rng",
            new XElement("rng", new XAttribute("model", "virtio"), new XElement("backend", new XAttribute("model", "random"), "/dev/urandom")),
            "entropy at once: services do not wait for it at boot");
    }
}
