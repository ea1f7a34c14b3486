using Migrate.Planner;

namespace Migrate.Api;

/// <summary>What an endpoint that lists says of its orders: for its documentation, for the command line and for the test that no list goes without.</summary>
internal static class ListOrdering
{
    public static RouteHandlerBuilder OrderedBy(this RouteHandlerBuilder list, IListOrders orders) => list.WithMetadata(orders).ProducesProblem(StatusCodes.Status422UnprocessableEntity);
}
