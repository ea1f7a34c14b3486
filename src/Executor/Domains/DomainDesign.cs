using System.Xml.Linq;
using Migrate.Planner;

namespace Migrate.Executor.Domains;

/// <summary>Turns a VMware VM into a tuned libvirt domain.</summary>
public static class DomainDesign
{
    internal static readonly XNamespace MetadataNamespace = "urn:migrate:run:1";

    /// <summary>Throws <c>domain.design</c> with every broken rule when the design would not hold.</summary>
    public static DomainXml For(DomainRequest request)
    {
        var draft = new DomainDraft(request);
        var (name, uuid, xml, disks) = Draw(draft);
        draft.Problems.AddRange(DomainRules.Check(xml, request.Host, request.Claims));
        if (draft.Problems.Count > 0)
        {
            throw new MigrateException(
                "domain.design",
                $"No domain can be made of {request.Vm.Name}: {string.Join("; ", draft.Problems)}.",
                "Change the plan's policy, the VM or the host accordingly, then retry.");
        }
        return new DomainXml { Name = name, Uuid = uuid, Xml = xml.ToString(), Reasons = draft.Reasons, Disks = disks };
    }

    /// <summary>The domain with the reasons still at its elements and attributes.</summary>
    internal static (string Name, Guid Uuid, XElement Xml, IReadOnlyList<DomainDisk> Disks) Draw(DomainDraft draft)
    {
        DomainRules.CheckRequest(draft);
        var name = NameFor(draft);
        var (uuid, why, basis) = UuidFor(draft);
        var layout = StorageLayout.For(draft);
        var placement = CpuPlacement.For(draft, layout.Threads);
        var disks = DomainDisks.Of(draft, layout);
        DomainConsole.NoteAbsent(draft);
        var xml = new XElement(
            "domain",
            draft.Because("domain", "type", draft.Request.DomainType, draft.IsAccelerated ? "KVM is known to work on this host" : "KVM is not known to work on this host", Basis.Host("domainType")),
            name,
            draft.Because("uuid", new XElement("uuid", uuid.ToString("D")), why, basis),
            Metadata(draft),
            DomainCompute.Memory(draft),
            DomainTuning.MemoryBacking(draft, placement),
            DomainCompute.Vcpu(draft, placement),
            DomainStorage.IoThreads(draft, layout, placement),
            DomainTuning.CpuTune(draft, placement),
            DomainTuning.NumaTune(draft, placement),
            DomainFirmware.SysInfo(draft),
            DomainFirmware.Os(draft),
            DomainCompute.Features(draft, placement),
            DomainCompute.Cpu(draft, placement),
            DomainCompute.Clock(draft),
            draft.Because("on_poweroff", new XElement("on_poweroff", "destroy"), "off is off"),
            draft.Because("on_reboot", new XElement("on_reboot", "restart"), "as on VMware"),
            draft.Because("on_crash", new XElement("on_crash", "destroy"), "a crashed guest is no guest: libvirt shows it as off"),
            new XElement(
                "devices",
                DomainStorage.Controllers(draft, layout),
                disks.Select(d => d.Element),
                DomainNetwork.Interfaces(draft),
                DomainFirmware.Tpm(draft),
                DomainConsole.Devices(draft)));
        return (name.Value, uuid, xml, [.. disks.Select(d => d.Disk)]);
    }

    /// <summary>Whether a domain's definition says that this run made it.</summary>
    internal static bool IsOfRun(XElement domain, Guid runId) => (string?)domain.Element("metadata")?.Element(MetadataNamespace + "run")?.Attribute("id") == runId.ToString("D");

    private static XElement Metadata(DomainDraft draft) => draft.Because(
        "metadata",
        new XElement("metadata", new XElement(
            MetadataNamespace + "run",
            new XAttribute(XNamespace.Xmlns + "migrate", MetadataNamespace),
            new XAttribute("id", draft.Request.RunId.ToString("D")),
            new XAttribute("source-vm", draft.Vm.Key),
            new XAttribute("source-name", draft.Vm.Name))),
        "whoever finds the domain can tell where it came from",
        Basis.Inventory("key, name"));

    /// <summary>libvirt allows no slash (it names files after the domain) and no blank at the ends.</summary>
    private static XElement NameFor(DomainDraft draft)
    {
        var wanted = draft.Request.DomainName ?? draft.Vm.Name;
        var name = string.Concat(wanted.Trim().Select(c => c == '/' || char.IsControl(c) ? '-' : c));
        return draft.Because("name", new XElement("name", name), name == wanted ? "the VM's name" : $"libvirt does not take \"{wanted}\" as a name", Basis.Inventory("name"));
    }

    private static (Guid Uuid, string Why, Basis Basis) UuidFor(DomainDraft draft) =>
        Known(draft.Vm.BiosUuid) is { } bios ? (bios, "the VM's BIOS UUID: guests and licences know it", Basis.Inventory("biosUuid"))
        : Known(draft.Vm.InstanceUuid) is { } instance ? (instance, "the VM's instance UUID: it has no BIOS UUID, as in an OVF package", Basis.Inventory("instanceUuid"))
        : (draft.Request.RunId, "the run's id: the VM has no UUID", Basis.Product);

    private static Guid? Known(string? text) => Guid.TryParse(text, out var uuid) && uuid != Guid.Empty ? uuid : null;
}
