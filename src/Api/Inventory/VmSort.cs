using Migrate.Api.Problems;
using Migrate.Planner.Inventory;

namespace Migrate.Api.Inventory;

internal static class VmSort
{
    public static (VmOrder Order, bool Descending) Read(string? sort)
    {
        var descending = sort?.StartsWith('-') == true;
        return (sort?.TrimStart('-') switch
        {
            null or "" or "name" => VmOrder.Name,
            "capacity" => VmOrder.CapacityBytes,
            "powerState" => VmOrder.PowerState,
            "folder" => VmOrder.Folder,
            "host" => VmOrder.Host,
            _ => throw new InvalidRequestException(
                "request.invalid", $"There is no order '{sort}'.", ["sort: name, capacity, powerState, folder or host, with '-' before it for the other way round."]),
        }, descending);
    }
}
