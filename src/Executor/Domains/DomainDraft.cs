using System.Xml.Linq;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Domains;

/// <summary>A design in the making: the request, and the reasons and problems that its parts find on the way.</summary>
internal sealed class DomainDraft(DomainRequest request)
{
    public DomainRequest Request { get; } = request;
    public Vm Vm => Request.Vm;
    public DomainPolicy Policy { get; } = request.Policy.DomainOf(request.Vm.Name);
    public List<SettingReason> Reasons { get; } = [];
    public List<string> Problems { get; } = [];
    public bool IsWindows => Vm.GuestId.StartsWith("win", StringComparison.OrdinalIgnoreCase);
    public bool IsAccelerated => Request.DomainType == "kvm";

    /// <summary>The VM asked vSphere for low latency, or the policy asks for it here.</summary>
    public bool WantsLatency => Vm.LatencySensitivity == "high" || Policy.Profile is DomainProfile.Latency or DomainProfile.LatencyExtreme;

    public Basis LatencyBasis => Policy.Profile is DomainProfile.Latency or DomainProfile.LatencyExtreme ? Basis.Policy("profile") : Basis.Inventory("latencySensitivity");

    /// <summary>An attribute together with the reason for its value.</summary>
    public XAttribute Because(string element, string attribute, object value, string why, Basis? basis = null)
    {
        var result = new XAttribute(attribute, value);
        result.AddAnnotation(Note($"{element}/@{attribute}", result.Value, why, basis));
        return result;
    }

    /// <summary>An element together with the reason for it and for all that is in it and has none of its own.</summary>
    public XElement Because(string path, XElement element, string why, Basis? basis = null)
    {
        var shown = element.HasElements ? "" : string.Join(' ', element.Attributes().Select(a => $"{a.Name.LocalName}={a.Value}").Append(element.Value)).Trim();
        element.AddAnnotation(Note(path, shown, why, basis));
        return element;
    }

    /// <summary>Something that the VM had and the domain has not, or that is as it is without an element of its own.</summary>
    public SettingReason Note(string path, string value, string why, Basis? basis = null)
    {
        var reason = new SettingReason(path, value, why) { From = (basis ?? Basis.Product).From, Fact = basis?.Fact };
        Reasons.Add(reason);
        return reason;
    }

    /// <summary>Attributes and texts of the XML for which nobody gave a reason: empty, or the design is not finished.</summary>
    public static IReadOnlyList<string> Unexplained(XElement domain) =>
    [
        .. domain.DescendantsAndSelf().Attributes().Where(a => !a.IsNamespaceDeclaration && a.Annotation<SettingReason>() is null && !IsExplained(a.Parent!)).Select(a => $"{PathOf(a.Parent!)}/@{a.Name.LocalName}"),
        .. domain.Descendants().Where(e => !e.HasElements && !e.HasAttributes && !IsExplained(e)).Select(PathOf),
    ];

    private static bool IsExplained(XElement element) => element.AncestorsAndSelf().Any(e => e.Annotation<SettingReason>() is not null);

    private static string PathOf(XElement element) => string.Join('/', element.AncestorsAndSelf().Reverse().Select(e => e.Name.LocalName));
}
