using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>A fault that vSphere answered with; <see cref="Type"/> is its vim25 name, e.g. InvalidPowerState.</summary>
public sealed class VSphereFault : MigrateException
{
    private const int LongestText = 2000;

    private VSphereFault(string type, string code, string message, string remedy)
        : base(code, message, remedy) => Type = type;

    public string Type { get; }

    /// <summary>The fault's own simple values, e.g. the name of the privilege that is missing.</summary>
    internal IReadOnlyDictionary<string, string> Details { get; private init; } = new Dictionary<string, string>();

    internal static VSphereFault Of(string type, string source, string text, IReadOnlyDictionary<string, string>? details = null)
    {
        details ??= new Dictionary<string, string>();
        // A server's words are shown, but not by the megabyte.
        text = text.Length > LongestText ? $"{text[..LongestText]}…" : text;
        var said = string.IsNullOrWhiteSpace(text) ? type : $"{type}: {text}";
        var (code, remedy) = type switch
        {
            "InvalidLogin" => ("source.login-failed", "Check user name (with its domain, e.g. user@vsphere.local) and password; too many attempts lock the account."),
            "NotAuthenticated" => ("source.session-lost", "The session ended and could not be renewed; try again."),
            "NoPermission" => ("source.permission", details.TryGetValue("privilegeId", out var p)
                ? $"Give the account the privilege {p}." : "Give the account System.Read on the whole tree, and VirtualMachine.Interact, Datastore.Browse and VApp.Export to move VMs."),
            "ManagedObjectNotFound" => ("source.vm-vanished", "It was removed or re-registered at the source; synchronise the inventory and look for its new key."),
            "InvalidPowerState" => ("source.power-state", "Bring the VM into the power state that the operation needs."),
            "ToolsUnavailable" => ("source.tools-unavailable", "VMware Tools do not run in the guest: shut it down from inside, or allow a hard power-off."),
            "TaskInProgress" or "ResourceInUse" or "ConcurrentAccess" => ("source.busy", "Another operation holds the object; try again when it has ended."),
            _ => ("source.fault", "See the source's own events and logs for the cause."),
        };
        return new VSphereFault(type, code, $"{source} refused: {said}", remedy)
        {
            Details = details,
            IsTransient = code is "source.busy" or "source.session-lost",
        };
    }

    /// <summary>source.vm-vanished.</summary>
    internal static VSphereFault VmVanished(VSphereSession session, string vmKey) => Of("ManagedObjectNotFound", session.Endpoint.Url.Host, $"there is no VM {vmKey} any more");

    /// <summary>The error of a task, with everything that it says: its words, those of its cause, its values.</summary>
    internal static VSphereFault Of(LocalizedMethodFault? error, string source, string what)
    {
        var details = DetailsOf(error?.Fault);
        IEnumerable<string?> words = [error?.LocalizedMessage, .. (error?.Fault?.FaultMessage ?? []).Select(x => x.Message), error?.Fault?.FaultCause?.LocalizedMessage];
        var said = words.Where(x => !string.IsNullOrWhiteSpace(x)).Distinct();
        var values = details.Count == 0 ? "" : $" ({string.Join(", ", details.Select(x => $"{x.Key}: {x.Value}"))})";
        return Of(error?.Fault?.GetType().Name ?? "Fault", source, $"{what}: {string.Join(" ", said)}{values}", details);
    }

    /// <summary>The fault in a SOAP answer; null when the answer is no SOAP fault.</summary>
    internal static VSphereFault? Read(Stream stream, string source)
    {
        try
        {
            using var reader = VimXml.Open(stream);
            var fault = XDocument.Load(reader).Descendants().FirstOrDefault(e => e.Name.LocalName == "Fault" && e.Name.NamespaceName.Contains("soap"));
            if (fault is null)
            {
                return null;
            }

            var text = fault.Elements().FirstOrDefault(e => e.Name.LocalName == "faultstring")?.Value ?? "";
            var detail = fault.Elements().FirstOrDefault(e => e.Name.LocalName == "detail")?.Elements().FirstOrDefault();
            return Of(detail is null ? "Fault" : TypeOf(detail), source, text, DetailsOf(detail));
        }
        catch (XmlException)
        {
            return null;
        }
    }

    /// <summary>By xsi:type, whatever its prefix; else by the element, whose name is the type with "Fault" behind it.</summary>
    private static string TypeOf(XElement detail)
    {
        var type = detail.Attributes().FirstOrDefault(a => a.Name.LocalName == "type" && a.Name.NamespaceName.EndsWith("XMLSchema-instance", StringComparison.Ordinal))?.Value;
        if (type is not null)
        {
            return type[(type.LastIndexOf(':') + 1)..];
        }

        var name = detail.Name.LocalName;
        return name.EndsWith("Fault", StringComparison.Ordinal) && name.Length > 5 ? name[..^5] : name;
    }

    private static Dictionary<string, string> DetailsOf(XElement? detail)
    {
        var details = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var element in detail?.Elements().Where(e => !e.HasElements) ?? [])
        {
            details.TryAdd(element.Name.LocalName, element.Value);
        }

        return details;
    }

    private static Dictionary<string, string> DetailsOf(MethodFault? fault)
    {
        var details = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in fault?.GetType().GetProperties() ?? [])
        {
            if (property.GetValue(fault) is { } value && (value is string { Length: > 0 } || value.GetType().IsPrimitive))
            {
                details[char.ToLowerInvariant(property.Name[0]) + property.Name[1..]] = Convert.ToString(value, CultureInfo.InvariantCulture)!;
            }
        }

        return details;
    }
}
