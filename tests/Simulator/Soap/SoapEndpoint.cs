using System.Text;
using System.Xml;
using System.Xml.Linq;
using Migrate.Simulator.Authorization;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Schema;
using Migrate.Simulator.Sessions;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.Soap;

/// <summary>/sdk: reads a call, finds its object, lets it work, writes the reply or the fault.</summary>
public sealed partial class SoapEndpoint(Vcenter vcenter, ILogger<SoapEndpoint> logger)
{
    private const string Envelope = "http://schemas.xmlsoap.org/soap/envelope/";
    private static readonly XmlWriterSettings Settings = new() { Encoding = new UTF8Encoding(false), CheckCharacters = false };

    /// <summary>Methods that vCenter answers before login.</summary>
    private static readonly HashSet<string> Anonymous = ["RetrieveServiceContent", "Login", "Logout", "CurrentTime"];

    public async Task HandleAsync(HttpContext http)
    {
        var client = ApiVersion.OfSoapAction(http.Request.Headers["SOAPAction"].FirstOrDefault(), vcenter.Api);
        var method = "?";
        try
        {
            var call = await ReadAsync(http, client);
            method = call.Method;
            vcenter.Faults.Api.Count(method);
            if (vcenter.Faults.Api.ExpiresAt(method))
            {
                vcenter.Faults.ExpireSessions();
                throw VimFaultException.NotAuthenticated(call.This, "System.View");
            }

            SessionManager.SetCaller(call.SessionOrNone);
            LogCall(method, call.This.Id, call.SessionOrNone?.UserName ?? "-");
            var reply = await InvokeAsync(call, http.RequestAborted);
            await WriteAsync(http, method, 200, xml => WriteReply(xml, client, method, reply));
        }
        catch (VimFaultException fault)
        {
            LogFault(method, fault.Fault.Type.Name, fault.Message);
            await WriteAsync(http, method, 500, xml => WriteFault(xml, client, fault));
        }
    }

    private async Task<Reply> InvokeAsync(SoapCall call, CancellationToken cancellationToken)
    {
        if (call.SessionOrNone is null && !Anonymous.Contains(call.Method) && !IsAnonymousRead(call))
        {
            throw VimFaultException.NotAuthenticated(call.This, "System.View");
        }

        // Views, filters and collectors that a session made are its alone, and gone with it.
        var foreign = call.This.Type is "ContainerView" or "PropertyFilter" or "PropertyCollector" && call.This.Id.StartsWith("session[", StringComparison.Ordinal)
            && !call.This.Id.StartsWith($"session[{call.SessionOrNone?.Key}]", StringComparison.Ordinal);
        var target = (foreign ? null : vcenter.Find(call.This)) ?? throw VimFaultException.NotFound(call.This);
        Rights.Demand(vcenter, call);
        if (call.Method == "Fetch")
        {
            // The property accessor of pyVmomi and of VMware's own clients; it is in no WSDL.
            var name = call.Required("prop");
            var declared = target.Type.Find(name) ?? throw VimFaultException.InvalidProperty(name);
            return new Reply(target.Read(name), declared.Type);
        }

        return await target.InvokeAsync(call, cancellationToken);
    }

    private static bool IsAnonymousRead(SoapCall call) =>
        call.Method == "Fetch" && call.This.Type is "ServiceInstance" or "SessionManager";

    private async Task<SoapCall> ReadAsync(HttpContext http, ApiVersion client)
    {
        try
        {
            var settings = new XmlReaderSettings { Async = true, DtdProcessing = DtdProcessing.Prohibit };
            using var reader = XmlReader.Create(http.Request.Body, settings);
            var document = await XDocument.LoadAsync(reader, LoadOptions.None, http.RequestAborted);
            var body = document.Root?.Child("Body")?.Elements().FirstOrDefault()
                ?? throw VimFaultException.InvalidRequest("The SOAP body is empty.");
            return new SoapCall(body, client, vcenter.Sessions.Find(http.Request), http);
        }
        catch (XmlException e)
        {
            throw VimFaultException.InvalidRequest($"The request is not XML: {e.Message}");
        }
    }

    private async Task WriteAsync(HttpContext http, string method, int status, Action<XmlWriter> body)
    {
        if (vcenter.Faults.LostAnswers.Take(method))
        {
            http.Abort();
            return;
        }

        using var buffer = vcenter.Faults.Rewrite is { } rewrite ? new MemoryStream(Settings.Encoding.GetBytes(rewrite(Settings.Encoding.GetString(Render(body).ToArray())))) : Render(body);
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/xml; charset=utf-8";
        http.Response.ContentLength = buffer.Length;
        await buffer.CopyToAsync(http.Response.Body, http.RequestAborted);
    }

    private static MemoryStream Render(Action<XmlWriter> body)
    {
        var buffer = new MemoryStream();
        using (var xml = XmlWriter.Create(buffer, Settings))
        {
            xml.WriteStartDocument();
            xml.WriteStartElement("soapenv", "Envelope", Envelope);
            xml.WriteAttributeString("xmlns", "xsd", null, "http://www.w3.org/2001/XMLSchema");
            xml.WriteAttributeString("xmlns", "xsi", null, "http://www.w3.org/2001/XMLSchema-instance");
            xml.WriteStartElement("Body", Envelope);
            body(xml);
            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        buffer.Position = 0;
        return buffer;
    }

    private static void WriteReply(XmlWriter xml, ApiVersion client, string method, Reply reply)
    {
        xml.WriteStartElement(method + "Response", VimWriter.Namespace);
        new VimWriter(xml, client).Element("returnval", reply.Value, reply.DeclaredType);
        xml.WriteEndElement();
    }

    private static void WriteFault(XmlWriter xml, ApiVersion client, VimFaultException fault)
    {
        var writer = new VimWriter(xml, client);
        xml.WriteStartElement("Fault", Envelope);
        xml.WriteElementString("faultcode", "ServerFaultCode");
        xml.WriteElementString("faultstring", fault.Message);
        xml.WriteStartElement("detail");
        xml.WriteStartElement(fault.Fault.Type.Name + "Fault", VimWriter.Namespace);
        writer.XsiType(fault.Fault.Type.Name, builtin: false);
        writer.Members(fault.Fault);
        xml.WriteEndElement();
        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Method} on {Object} by {User}")]
    private partial void LogCall(string method, string @object, string user);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Method} ends in {Fault}: {Reason}")]
    private partial void LogFault(string method, string fault, string reason);
}
