using Migrate.Simulator.Control;
using Migrate.Simulator.Datastores;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Leases;
using Migrate.Simulator.Schema;
using Migrate.Simulator.Soap;
using Migrate.Simulator.StorageServices;
using Migrate.Simulator.Tags;

namespace Migrate.Simulator;

/// <summary>What the simulator serves, path by path.</summary>
internal static class Routes
{
    /// <summary>Every version that servers have published, oldest first.</summary>
    private static readonly string[] Published =
    [
        "2.0", "2.5", "2.5u2", "2.5u2server", "4.0", "4.1", "5.0", "5.1", "5.5", "6.0", "6.5", "6.7", "6.7.1", "6.7.2", "6.7.3", "6.8.7", "6.9.1",
        "7.0.0.0", "7.0.0.2", "7.0.1.0", "7.0.1.1", "7.0.2.0", "7.0.2.1", "7.0.3.0", "7.0.3.1", "7.0.3.2", "8.0.0.0", "8.0.0.1", "8.0.1.0", "8.0.2.0", "8.0.3.0", "9.0.0.0",
    ];

    private static string Versions(ApiVersion server)
    {
        var prior = Published.Where(v => ApiVersion.Parse(v) < server).Reverse().Select(v => $"<version>{v}</version>");
        return $"""
            <?xml version="1.0" encoding="UTF-8"?>
            <namespaces version="1.0"><namespace><name>urn:vim25</name><version>{server}</version><priorVersions>{string.Concat(prior)}</priorVersions></namespace></namespaces>
            """;
    }

    public static void Map(WebApplication app, Vcenter vcenter)
    {
        app.Use((http, next) => vcenter.Faults.Api.HandleAsync(http, next));
        app.Use((http, next) =>
        {
            if (!http.Request.Path.StartsWithSegments("/control", StringComparison.Ordinal))
            {
                vcenter.Guests.GoOn();
                vcenter.Options.BeforeRequest?.Invoke();
            }

            return next(http);
        });
        app.MapPost("/sdk", (HttpContext http, SoapEndpoint soap) => soap.HandleAsync(http));
        app.MapPost("/sdk/vimService", (HttpContext http, SoapEndpoint soap) => soap.HandleAsync(http));
        app.MapPost("/pbm/sdk", (HttpContext http) => new PolicyEndpoint(vcenter).HandleAsync(http));
        app.MapPost("/vsanHealth", (HttpContext http) => new VsanEndpoint(vcenter).HandleAsync(http));
        var (session, tagging) = TagEndpoint.IsOldAt(vcenter.Api) ? ("/rest/com/vmware/cis/session", "/rest/com/vmware/cis/tagging") : ("/api/session", "/api/cis/tagging");
        app.MapPost(session, (HttpContext http) => new TagEndpoint(vcenter).Login(http));
        app.MapDelete(session, (HttpContext http) => new TagEndpoint(vcenter).Logout(http));
        app.MapMethods(tagging + "/{**path}", ["GET", "POST"], (HttpContext http, string path) => new TagEndpoint(vcenter).HandleAsync(http, path));
        app.MapGet("/sdk/vimServiceVersions.xml", () => Results.Text(Versions(vcenter.Api), "text/xml"));
        app.MapMethods("/folder/{**path}", ["GET", "HEAD"], (HttpContext http, string path) => new FolderEndpoint(vcenter).HandleAsync(http, path));
        app.MapMethods("/nfc/{lease}/{file}", ["GET", "HEAD"], (HttpContext http, string lease, string file) => new LeaseEndpoint(vcenter).HandleAsync(http, lease, file));
        if (vcenter.Options.Control)
        {
            app.MapPost("/control/{action}", (HttpContext http, string action) => new ControlEndpoint(vcenter).HandleAsync(http, action));
            app.MapGet("/control/calls", () => new ControlEndpoint(vcenter).Calls());
            app.MapGet("/control/vms", () => new ControlEndpoint(vcenter).Vms());
        }

        app.MapGet("/", () => Results.Text("Migrate's vSphere simulator. The API is at /sdk.\n"));
    }
}
