using System.Globalization;
using System.Xml.Linq;
using Migrate.Simulator.Estates;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Sessions;
using Migrate.Simulator.Soap;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.StorageServices;

/// <summary>/pbm/sdk: policies of disks on vSAN. The session comes in the SOAP header, as the real service wants it.</summary>
internal sealed class PolicyEndpoint(Vcenter vcenter) : ServiceEndpoint(vcenter, "urn:pbm")
{
    protected override Session? SessionOf(HttpRequest request, XElement? header) =>
        header?.Child("vcSessionCookie") is { } cookie ? Vcenter.Sessions.ByCookie(cookie.Value.Trim('"')) : null;

    protected override IEnumerable<XElement>? Answer(XElement call) => call.Name.LocalName switch
    {
        "PbmRetrieveServiceContent" => [Element("x",
            Element("aboutInfo", Element("name", "PBM"), Element("version", "2.0"), Element("instanceUuid", Vcenter.StableUuid("pbm"))),
            Reference("sessionManager", "PbmSessionManager", "SessionManager"),
            Reference("profileManager", "PbmProfileProfileManager", "ProfileManager"),
            Reference("complianceManager", "PbmComplianceManager", "complianceManager"))],
        "PbmQueryProfile" => Vcenter.Estate.Policies.Select(p => Element("x", Element("uniqueId", Id(p)))),
        "PbmQueryAssociatedEntity" => Entities(call.Child("profile")?.ChildText("uniqueId"), call.ChildText("entityType")),
        "PbmQueryAssociatedProfiles" => call.Children("entities").Select(Associated),
        "PbmRetrieveContent" => call.Children("profileIds").Select(id => Profile(id.ChildText("uniqueId"))).OfType<XElement>(),
        _ => null,
    };

    private XElement Associated(XElement entity)
    {
        var key = entity.ChildText("key") ?? "";
        var policy = entity.ChildText("objectType") == "virtualDiskId" ? PolicyOf(key) : null;
        return Element("x",
            Element("object", Element("objectType", entity.ChildText("objectType")), Element("key", key)),
            policy is null ? null : Element("profileId", Element("uniqueId", Id(policy))));
    }

    private IEnumerable<XElement> Entities(string? policy, string? type) =>
        from vm in Vcenter.All<VirtualMachine>()
        from disk in vm.Disks
        let key = string.Create(CultureInfo.InvariantCulture, $"{vm.Ref.Id}:{disk.Key}")
        where type is null or "virtualDiskId" && PolicyOf(key) is { } its && Id(its) == policy
        select Element("x", Element("objectType", "virtualDiskId"), Element("key", key), Element("serverUuid", Vcenter.StableUuid("instance")));

    /// <summary>A disk is named "vm-42:2000".</summary>
    private EstatePolicy? PolicyOf(string key)
    {
        var parts = key.Split(':');
        var disk = parts.Length == 2 && Vcenter.Find(new("VirtualMachine", parts[0])) is VirtualMachine vm
            ? vm.Disks.FirstOrDefault(d => d.Key.ToString(CultureInfo.InvariantCulture) == parts[1])
            : null;
        return disk is null || !disk.Datastore.IsVsan ? null
            : Vcenter.Estate.Policies.FirstOrDefault(p => p.Name == (disk.Policy ?? disk.Source.Policy)) ?? (Vcenter.Estate.Policies is [var first, ..] ? first : null);
    }

    private XElement? Profile(string? id) => Vcenter.Estate.Policies.FirstOrDefault(p => Id(p) == id) is not { } policy ? null : Element("x",
        new XAttribute(XNamespace.Xmlns + "xsi", Xsi),
        new XAttribute(XNamespace.Xmlns + "xsd", "http://www.w3.org/2001/XMLSchema"),
        new XAttribute(Xsi + "type", "PbmCapabilityProfile"),
        Element("profileId", Element("uniqueId", id)),
        Element("name", policy.Name),
        Element("creationTime", Vcenter.Now),
        Element("createdBy", "Temporary user handle"),
        Element("lastUpdatedTime", Vcenter.Now),
        Element("lastUpdatedBy", "Temporary user handle"),
        Element("profileCategory", "REQUIREMENT"),
        Element("resourceType", Element("resourceType", "STORAGE")),
        Element("constraints", new XAttribute(Xsi + "type", "PbmCapabilitySubProfileConstraints"), Element("subProfiles", Element("name", "VSAN"), Rules(policy))),
        Element("generationId", 0),
        Element("isDefault", false));

    private IEnumerable<XElement> Rules(EstatePolicy policy)
    {
        yield return Rule("hostFailuresToTolerate", "xsd:int", policy.FailuresToTolerate);
        yield return Rule("replicaPreference", "xsd:string", policy.ErasureCoding ? "RAID-5/6 (Erasure Coding) - Capacity" : "RAID-1 (Mirroring) - Performance");
        yield return Rule("stripeWidth", "xsd:int", policy.StripeWidth);
        yield return Rule("proportionalCapacity", "xsd:int", policy.SpaceReservation);
        yield return Rule("iopsLimit", "xsd:int", policy.IopsLimit);
        yield return Rule("checksumDisabled", "xsd:boolean", policy.ChecksumDisabled);
    }

    private XElement Rule(string id, string type, object value) => Element("capability",
        Element("id", Element("namespace", "VSAN"), Element("id", id)),
        Element("constraint", Element("propertyInstance", Element("id", id), Element("value", new XAttribute(Xsi + "type", type), value))));

    private XElement Reference(string name, string type, string id) => Element(name, new XAttribute("type", type), id);

    private string Id(EstatePolicy policy) => Vcenter.StableUuid("policy/" + policy.Name).ToString();
}
