using System.Globalization;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.Inventory;

/// <summary>vCenter's advanced settings: the ones that clients ask for.</summary>
public sealed class OptionManager(Vcenter vcenter) : ManagedObject("OptionManager", "VpxSettings")
{
    public const string MaxQueryMetrics = "config.vpxd.stats.maxQueryMetrics";

    public override Task<Reply> InvokeAsync(SoapCall call, CancellationToken cancellationToken) => call.Method switch
    {
        "QueryOptions" => Task.FromResult(new Reply(Query(call.Text("name")), "OptionValue")),
        _ => base.InvokeAsync(call, cancellationToken),
    };

    protected override object? Property(string name) => name == "setting" ? Query(null) : null;

    private List<DataObject> Query(string? name)
    {
        if (vcenter.Faults.HidesSettings)
        {
            throw new VimFaultException(DataObject.Of("NoPermission", ("object", Ref), ("privilegeId", "Global.Settings")), "Permission to perform this operation was denied.");
        }

        var limit = vcenter.Estate.MaxQueryMetrics.ToString(CultureInfo.InvariantCulture);
        return name is null || MaxQueryMetrics.StartsWith(name, StringComparison.Ordinal)
            ? [DataObject.Of("OptionValue", ("key", MaxQueryMetrics), ("value", limit))]
            : throw VimFaultException.InvalidArgument("name", $"There is no setting {name}.");
    }
}
