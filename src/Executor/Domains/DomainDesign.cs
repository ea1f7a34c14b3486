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
        DomainRules.CheckRequest(draft);
        var name = NameFor(draft);
        var (uuid, why) = UuidFor(draft);
        var threads = DomainStorage.PlanThreads(draft);
        var disks = DomainStorage.Disks(draft);
        var xml = new XElement(
            "domain",
            draft.Because("domain", "type", request.DomainType, draft.IsAccelerated ? "KVM is known to work on this host" : "KVM is not known to work on this host"),
            new XElement("name", name),
            draft.Because("uuid", new XElement("uuid", uuid.ToString("D")), why),
            Metadata(draft),
            DomainCompute.Memory(draft),
            DomainCompute.Vcpu(draft),
            DomainStorage.IoThreads(draft, threads),
            DomainCompute.Os(draft),
            DomainCompute.Features(draft),
            DomainCompute.Cpu(draft),
            DomainCompute.Clock(draft),
            new XElement("on_poweroff", "destroy"),
            new XElement("on_reboot", "restart"),
            new XElement("on_crash", "destroy"),
            new XElement(
                "devices",
                DomainStorage.Controllers(draft, threads),
                disks.Select(d => d.Element),
                DomainNetwork.Interfaces(draft),
                DomainConsole.Devices(draft)));
        draft.Problems.AddRange(DomainRules.Check(xml, request.Host));
        if (draft.Problems.Count > 0)
        {
            throw new MigrateException(
                "domain.design",
                $"No domain can be made of {request.Vm.Name}: {string.Join("; ", draft.Problems)}.",
                "Change the plan's policy, the VM or the host accordingly, then retry.");
        }
        return new DomainXml { Name = name, Uuid = uuid, Xml = xml.ToString(), Reasons = draft.Reasons, Disks = [.. disks.Select(d => d.Disk)] };
    }

    private static XElement Metadata(DomainDraft draft) => new("metadata", new XElement(
        MetadataNamespace + "run",
        new XAttribute(XNamespace.Xmlns + "migrate", MetadataNamespace),
        new XAttribute("id", draft.Request.RunId.ToString("D")),
        new XAttribute("source-vm", draft.Vm.Key),
        new XAttribute("source-name", draft.Vm.Name)));

    /// <summary>libvirt allows no slash (it names files after the domain) and no blank at the ends.</summary>
    private static string NameFor(DomainDraft draft)
    {
        var wanted = draft.Request.DomainName ?? draft.Vm.Name;
        var name = string.Concat(wanted.Trim().Select(c => c == '/' || char.IsControl(c) ? '-' : c));
        if (name != wanted)
        {
            draft.Reasons.Add(new SettingReason("name", name, $"libvirt does not take \"{wanted}\" as a name"));
        }
        return name;
    }

    private static (Guid Uuid, string Why) UuidFor(DomainDraft draft) =>
        Known(draft.Vm.BiosUuid) is { } bios ? (bios, "the VM's BIOS UUID: guests and licences know it")
        : Known(draft.Vm.InstanceUuid) is { } instance ? (instance, "the VM's instance UUID: it has no BIOS UUID, as in an OVF package")
        : (draft.Request.RunId, "the run's id: the VM has no UUID");

    private static Guid? Known(string? text) => Guid.TryParse(text, out var uuid) && uuid != Guid.Empty ? uuid : null;
}
