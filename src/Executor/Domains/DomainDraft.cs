using System.Xml.Linq;
using Migrate.Planner.Inventory;

namespace Migrate.Executor.Domains;

/// <summary>A design in the making: the request, and the reasons and problems that its parts find on the way.</summary>
internal sealed class DomainDraft(DomainRequest request)
{
    public DomainRequest Request { get; } = request;
    public Vm Vm => Request.Vm;
    public List<SettingReason> Reasons { get; } = [];
    public List<string> Problems { get; } = [];
    public bool IsWindows => Vm.GuestId.StartsWith("win", StringComparison.OrdinalIgnoreCase);
    public bool IsAccelerated => Request.DomainType == "kvm";

    /// <summary>An attribute together with the reason for its value.</summary>
    public XAttribute Because(string element, string attribute, object value, string why)
    {
        var result = new XAttribute(attribute, value);
        Reasons.Add(new SettingReason($"{element}/@{attribute}", result.Value, why));
        return result;
    }

    /// <summary>An element together with the reason for it.</summary>
    public XElement Because(string path, XElement element, string why)
    {
        var shown = element.HasElements ? "" : string.Join(' ', element.Attributes().Select(a => $"{a.Name.LocalName}={a.Value}").Append(element.Value)).Trim();
        Reasons.Add(new SettingReason(path, shown, why));
        return element;
    }
}
