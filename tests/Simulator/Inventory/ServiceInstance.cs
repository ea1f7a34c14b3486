using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.Inventory;

public sealed class ServiceInstance(Vcenter vcenter) : ManagedObject("ServiceInstance", "ServiceInstance")
{
    public override Task<Reply> InvokeAsync(SoapCall call, CancellationToken cancellationToken) => call.Method switch
    {
        "RetrieveServiceContent" => Task.FromResult(new Reply(Content(), "ServiceContent")),
        "CurrentTime" => Task.FromResult(new Reply(vcenter.Now, "dateTime")),
        _ => base.InvokeAsync(call, cancellationToken),
    };

    protected override object? Property(string name) => name switch
    {
        "content" => Content(),
        "serverClock" => vcenter.Now,
        _ => null,
    };

    private DataObject Content() => DataObject.Of(
        "ServiceContent",
        ("rootFolder", new MoRef("Folder", VcenterBuilder.RootFolder)),
        ("propertyCollector", new MoRef("PropertyCollector", "propertyCollector")),
        ("viewManager", new MoRef("ViewManager", "ViewManager")),
        ("about", About()),
        ("authorizationManager", new MoRef("AuthorizationManager", "AuthorizationManager")),
        ("sessionManager", new MoRef("SessionManager", "SessionManager")),
        ("perfManager", new MoRef("PerformanceManager", "PerfMgr")),
        ("setting", new MoRef("OptionManager", "VpxSettings")),
        ("eventManager", new MoRef("EventManager", "EventManager")),
        ("customFieldsManager", new MoRef("CustomFieldsManager", "CustomFieldsManager")),
        ("taskManager", new MoRef("TaskManager", "TaskManager")));

    private string Product => $"{vcenter.Api.Major}.{vcenter.Api.Minor}.{vcenter.Api.Patch}";

    private DataObject About() => DataObject.Of(
        "AboutInfo",
        ("name", "VMware vCenter Server"),
        ("fullName", $"VMware vCenter Server {Product} build-22088125 (Migrate simulator)"),
        ("vendor", "VMware, Inc."),
        ("version", Product),
        ("build", "22088125"),
        ("localeVersion", "INTL"),
        ("localeBuild", "000"),
        ("osType", "linux-x64"),
        ("productLineId", "vpx"),
        ("apiType", "VirtualCenter"),
        ("apiVersion", vcenter.Estate.ApiVersion),
        ("instanceUuid", vcenter.StableUuid("vcenter/" + vcenter.Estate.Name).ToString()),
        ("licenseProductName", "VMware VirtualCenter Server"),
        ("licenseProductVersion", $"{vcenter.Api.Major}.0"));
}
