using Migrate.Simulator.Schema;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.Inventory;

/// <summary>Anything with a reference. Properties are made when they are read, so 10,000 VMs cost little memory.</summary>
public abstract class ManagedObject(string type, string id)
{
    public MoRef Ref { get; } = new(type, id);

    public VimType Type { get; } = VimSchema.Get(type);

    /// <summary>Value of a first-level property; null = unset. The name must be one of the type's.</summary>
    public object? Read(string property) => Property(property);

    public virtual Task<Reply> InvokeAsync(SoapCall call, CancellationToken cancellationToken) =>
        throw new VimFaultException(DataObject.Of("MethodNotFound", ("receiver", Ref), ("method", call.Method)),
            $"This simulator has no {call.Method} for {Ref.Type}.");

    protected abstract object? Property(string name);
}
