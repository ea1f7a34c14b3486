using Migrate.Simulator.Control;
using Migrate.Simulator.Datastores;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Leases;
using Migrate.Simulator.Soap;
using Migrate.Simulator.StorageServices;
using Migrate.Simulator.Tags;

namespace Migrate.Simulator;

/// <summary>What the simulator serves, path by path.</summary>
internal static class Routes
{
    private const string Versions = """
        <?xml version="1.0" encoding="UTF-8"?>
        <namespaces version="1.0"><namespace><name>urn:vim25</name><version>8.0.1.0</version><priorVersions>
        <version>8.0.0.1</version><version>8.0.0.0</version><version>7.0.3.2</version><version>7.0.3.1</version><version>7.0.3.0</version>
        <version>7.0.2.1</version><version>7.0.2.0</version><version>7.0.1.1</version><version>7.0.1.0</version><version>7.0.0.2</version><version>7.0.0.0</version>
        <version>6.9.1</version><version>6.8.7</version><version>6.7.3</version><version>6.7.2</version><version>6.7.1</version><version>6.7</version>
        <version>6.5</version><version>6.0</version><version>5.5</version><version>5.1</version><version>5.0</version><version>4.1</version><version>4.0</version>
        <version>2.5u2server</version><version>2.5u2</version><version>2.5</version><version>2.0</version>
        </priorVersions></namespace></namespaces>
        """;

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
        app.MapPost("/api/session", (HttpContext http) => new TagEndpoint(vcenter).Login(http));
        app.MapDelete("/api/session", (HttpContext http) => new TagEndpoint(vcenter).Logout(http));
        app.MapMethods("/api/cis/tagging/{**path}", ["GET", "POST"], (HttpContext http, string path) => new TagEndpoint(vcenter).HandleAsync(http, path));
        app.MapGet("/sdk/vimServiceVersions.xml", () => Results.Text(Versions.Trim(), "text/xml"));
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
