using System.Xml;
using System.Xml.Linq;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Sessions;
using Migrate.Simulator.Soap;

namespace Migrate.Simulator.StorageServices;

/// <summary>A service of vCenter beside vim25, with a namespace of its own; it takes vim25's sessions.</summary>
internal abstract class ServiceEndpoint(Vcenter vcenter, string xmlNamespace)
{
    protected static readonly XNamespace Xsi = "http://www.w3.org/2001/XMLSchema-instance";
    private static readonly XNamespace Envelope = "http://schemas.xmlsoap.org/soap/envelope/";

    protected XNamespace Namespace { get; } = xmlNamespace;

    protected Vcenter Vcenter { get; } = vcenter;

    public async Task HandleAsync(HttpContext http)
    {
        if (!Vcenter.Estate.Clusters.All(c => c.VsanState.ServiceRuns))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        XElement body;
        try
        {
            var request = await XDocument.LoadAsync(http.Request.Body, LoadOptions.None, http.RequestAborted);
            var call = request.Root?.Child("Body")?.Elements().FirstOrDefault();
            var session = SessionOf(http.Request, request.Root?.Child("Header"));
            body = call is null || call.Name.Namespace != Namespace ? Fault("InvalidRequest", "The request is not one of this service.")
                : session is null ? Fault("NotAuthenticated", "The session is not authenticated.")
                : Answer(call) is { } values ? new XElement(Namespace + (call.Name.LocalName + "Response"), values.Select(v => new XElement(v) { Name = Namespace + "returnval" }))
                : Fault("MethodNotFound", $"This simulator has no {call.Name.LocalName}.");
        }
        catch (VimFaultException fault)
        {
            body = Fault(fault.Fault.Type.Name, fault.Message);
        }
        catch (XmlException)
        {
            body = Fault("InvalidRequest", "The request is not XML.");
        }

        http.Response.StatusCode = body.Name.LocalName == "Fault" ? 500 : 200;
        http.Response.ContentType = "text/xml; charset=utf-8";
        await http.Response.WriteAsync(new XElement(Envelope + "Envelope", new XElement(Envelope + "Body", body)).ToString(SaveOptions.DisableFormatting), http.RequestAborted);
    }

    protected abstract Session? SessionOf(HttpRequest request, XElement? header);

    /// <summary>What the operation returns; null when there is no such operation.</summary>
    protected abstract IEnumerable<XElement>? Answer(XElement call);

    protected XElement Element(string name, params object?[] content) => new(Namespace + name, content);

    private XElement Fault(string type, string text) => new(Envelope + "Fault",
        new XElement("faultcode", "ServerFaultCode"),
        new XElement("faultstring", text),
        new XElement("detail", new XElement(Namespace + (type + "Fault"), new XAttribute(XNamespace.Xmlns + "xsi", Xsi), new XAttribute(Xsi + "type", type))));
}
