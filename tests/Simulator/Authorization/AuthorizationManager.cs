using Migrate.Simulator.Inventory;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.Authorization;

/// <summary>Answers who may do what; there is nothing to change here.</summary>
public sealed class AuthorizationManager(Vcenter vcenter) : ManagedObject("AuthorizationManager", "AuthorizationManager")
{
    public override Task<Reply> InvokeAsync(SoapCall call, CancellationToken cancellationToken) => call.Method == "HasPrivilegeOnEntities"
        ? Task.FromResult(new Reply(Answer(call), "EntityPrivilege"))
        : base.InvokeAsync(call, cancellationToken);

    protected override object? Property(string name) => null;

    private List<DataObject> Answer(SoapCall call)
    {
        var session = vcenter.Sessions.All.FirstOrDefault(s => s.Key == call.Text("sessionId"))
            ?? throw VimFaultException.InvalidArgument("sessionId", "A specified parameter was not correct: sessionId");
        var privileges = call.Arguments.Children("privId").Select(e => e.Value.Trim()).ToList();
        return
        [
            .. call.Arguments.Children("entity").Select(e => e.AsReference()).Select(entity => vcenter.Find(entity) is null
                ? throw VimFaultException.NotFound(entity)
                : DataObject.Of("EntityPrivilege", ("entity", entity), ("privAvailability", privileges.Select(p =>
                    DataObject.Of("PrivilegeAvailability", ("privId", p), ("isGranted", Rights.Has(vcenter, session.UserName, p)))).ToList()))),
        ];
    }
}
