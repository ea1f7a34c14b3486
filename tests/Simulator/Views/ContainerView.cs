using Migrate.Simulator.Inventory;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.Views;

/// <summary>Everything of some types in a container, always as it is now.</summary>
public sealed class ContainerView(Vcenter vcenter, string id, ManagedEntity container, IReadOnlyList<string> types, bool recursive)
    : ManagedObject("ContainerView", id)
{
    public override Task<Reply> InvokeAsync(SoapCall call, CancellationToken cancellationToken)
    {
        if (call.Method != "DestroyView")
        {
            return base.InvokeAsync(call, cancellationToken);
        }

        vcenter.Remove(Ref);
        return Task.FromResult(Reply.Void);
    }

    protected override object? Property(string name) => name switch
    {
        "container" => container.Ref,
        "recursive" => recursive,
        "type" => types,
        "view" => Contents(),
        _ => null,
    };

    private List<MoRef> Contents()
    {
        var found = new List<MoRef>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        Walk(container);
        return found;

        void Walk(ManagedEntity parent)
        {
            foreach (var child in parent.Children)
            {
                if (!seen.Add(child.Ref.Id))
                {
                    continue;
                }

                if (types.Count == 0 || types.Any(child.Type.Is))
                {
                    found.Add(child.Ref);
                }

                if (recursive)
                {
                    Walk(child);
                }
            }
        }
    }
}
