using System.Globalization;
using System.Xml.Linq;
using Migrate.Simulator.Schema;
using Migrate.Simulator.Sessions;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.Soap;

/// <summary>One method call as it came in: its name, its arguments, and who called.</summary>
public sealed class SoapCall(XElement method, ApiVersion client, Session? session, HttpContext http)
{
    public string Method { get; } = method.Name.LocalName;

    public XElement Arguments { get; } = method;

    public ApiVersion Client { get; } = client;

    public HttpContext Http { get; } = http;

    /// <summary>Null before login.</summary>
    public Session? SessionOrNone { get; } = session;

    public Session Session => SessionOrNone ?? throw VimFaultException.NotAuthenticated(This, "System.View");

    public MoRef This => Reference("_this") ?? throw VimFaultException.InvalidRequest($"{Method} names no _this.");

    public XElement? Argument(string name) => Arguments.Child(name);

    public string? Text(string name) => Argument(name)?.Value.Trim();

    public string Required(string name) => Text(name) ?? throw VimFaultException.InvalidArgument(name, $"A specified parameter was not correct: {name}");

    public bool Flag(string name) => Text(name) is "true" or "1";

    public int? Number(string name) => Arguments.Int(name);

    public MoRef? Reference(string name) => Argument(name)?.AsReference();
}

/// <summary>Reading request elements by local name: clients differ in prefixes.</summary>
public static class SoapElements
{
    public static XElement? Child(this XElement element, string name) => element.Elements().FirstOrDefault(e => e.Name.LocalName == name);

    public static IEnumerable<XElement> Children(this XElement element, string name) => element.Elements().Where(e => e.Name.LocalName == name);

    public static string? ChildText(this XElement element, string name) => element.Child(name)?.Value.Trim();

    public static bool ChildFlag(this XElement element, string name) => element.ChildText(name) is "true" or "1";

    public static int? Int(this XElement element, string name) =>
        element.ChildText(name) is { Length: > 0 } text
            ? int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw VimFaultException.InvalidArgument(name, $"A specified parameter was not correct: {name}")
            : null;

    public static DateTime? Time(this XElement element, string name) =>
        element.ChildText(name) is { Length: > 0 } text
            ? DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal)
            : null;

    public static MoRef AsReference(this XElement element) =>
        new(LocalName(element.Attribute("type")?.Value ?? ""), element.Value.Trim());

    /// <summary>The xsi:type of an element without its prefix; null when it has none.</summary>
    public static string? XsiType(this XElement element) =>
        element.Attributes().FirstOrDefault(a => a.Name.LocalName == "type" && a.Name.NamespaceName.EndsWith("XMLSchema-instance", StringComparison.Ordinal))
            is { } attribute ? LocalName(attribute.Value) : null;

    private static string LocalName(string qualified) => qualified[(qualified.IndexOf(':', StringComparison.Ordinal) + 1)..];
}
