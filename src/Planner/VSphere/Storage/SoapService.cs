using System.Net;
using System.Net.Http.Headers;
using System.Xml;
using System.Xml.Linq;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere.Storage;

/// <summary>
/// A service of vCenter that stands beside vim25 with a schema of its own and takes vim25's session: storage policies, vSAN. Few of its
/// calls are needed and their answers are shallow, so requests and answers are XML elements instead of generated contracts.
/// </summary>
internal sealed class SoapService(VSphereSession session, string path, string xmlNamespace, string version)
{
    private static readonly XNamespace Envelope = "http://schemas.xmlsoap.org/soap/envelope/";
    private static readonly XNamespace Instance = "http://www.w3.org/2001/XMLSchema-instance";
    private readonly XNamespace _namespace = xmlNamespace;
    private readonly Uri _address = new(session.Endpoint.Url, path);

    /// <summary>What the operation returns: an element per value, none when it returns nothing.</summary>
    /// <exception cref="VSphereFault">The service refused.</exception>
    /// <exception cref="MigrateException">source.service-absent: there is no such service, or it does not speak SOAP; what a lost connection is.</exception>
    public async Task<IReadOnlyList<XElement>> CallAsync(string operation, ManagedObjectReference target, IEnumerable<XElement> arguments, CancellationToken cancellationToken)
    {
        var body = new XElement(Envelope + "Envelope",
            new XAttribute(XNamespace.Xmlns + "xsi", Instance),
            // The cookie of the HTTP request is enough for vSAN; the policy service wants it here.
            new XElement(Envelope + "Header", session.SessionCookie is { } cookie ? new XElement("vcSessionCookie", cookie) : null),
            new XElement(Envelope + "Body", new XElement(_namespace + operation, Reference("_this", target), arguments)));
        using var message = new HttpRequestMessage(HttpMethod.Post, _address) { Content = new StringContent(body.ToString(SaveOptions.DisableFormatting)) };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("text/xml", "utf-8");
        message.Headers.TryAddWithoutValidation("SOAPAction", $"\"{xmlNamespace}/{version}\"");
        try
        {
            using var response = await session.Control.SendAsync(message, cancellationToken);
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            if (response.StatusCode == HttpStatusCode.InternalServerError)
            {
                throw VSphereFault.Read(stream, _address.Host) ?? Absent("answers with an error that is no SOAP fault");
            }

            if (!response.IsSuccessStatusCode)
            {
                throw Absent($"answers HTTP {(int)response.StatusCode}");
            }

            using var reader = VimXml.Open(stream);
            return [.. XDocument.Load(reader).Descendants().Where(e => e.Name.LocalName == "Body").Elements().Elements().Where(e => e.Name.LocalName == "returnval")];
        }
        catch (XmlException)
        {
            throw Absent("answers something that is not SOAP");
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw SourceConnection.Explain(_address, e);
        }
    }

    /// <summary>An argument of the call, in the service's namespace.</summary>
    public XElement Argument(string name, params object[] content) => new(_namespace + name, content);

    public XElement Reference(string name, ManagedObjectReference reference) => new(_namespace + name, new XAttribute("type", reference.Type), reference.Value);

    private MigrateException Absent(string what) =>
        new("source.service-absent", $"{_address} {what}.", "See that the service runs in vCenter; a standalone ESXi host does not have it.");
}

/// <summary>Reading answers by local names.</summary>
internal static class AnswerElements
{
    public static XElement? Child(this XElement element, string name) => element.Elements().FirstOrDefault(e => e.Name.LocalName == name);

    public static IEnumerable<XElement> Children(this XElement element, string name) => element.Elements().Where(e => e.Name.LocalName == name);

    public static string? Text(this XElement element, params ReadOnlySpan<string> path)
    {
        XElement? at = element;
        foreach (var name in path)
        {
            at = at?.Child(name);
        }

        return at?.Value.Trim() is { Length: > 0 } text ? text : null;
    }

    public static bool? Flag(this XElement element, params ReadOnlySpan<string> path) => element.Text(path) switch
    {
        "true" or "1" => true,
        "false" or "0" => false,
        _ => null,
    };

    public static long? Number(this XElement element, params ReadOnlySpan<string> path) =>
        long.TryParse(element.Text(path), System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;
}
