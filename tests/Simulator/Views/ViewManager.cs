using Migrate.Simulator.Inventory;
using Migrate.Simulator.Soap;

namespace Migrate.Simulator.Views;

public sealed class ViewManager(Vcenter vcenter) : ManagedObject("ViewManager", "ViewManager")
{
    public override Task<Reply> InvokeAsync(SoapCall call, CancellationToken cancellationToken)
    {
        if (call.Method != "CreateContainerView")
        {
            return base.InvokeAsync(call, cancellationToken);
        }

        var container = call.Reference("container") ?? throw VimFaultException.InvalidArgument("container", "A specified parameter was not correct: container");
        if (vcenter.Find(container) is not ManagedEntity entity)
        {
            throw VimFaultException.NotFound(container);
        }

        var types = call.Arguments.Children("type").Select(e => e.Value.Trim()).ToList();
        var id = vcenter.NewId($"session[{call.Session.Key}]view");
        var view = vcenter.Add(new ContainerView(vcenter, id, entity, types, call.Flag("recursive")));
        return Task.FromResult(new Reply(view.Ref, "ManagedObjectReference"));
    }

    protected override object? Property(string name) => null;
}
