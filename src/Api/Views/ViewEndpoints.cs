using System.ComponentModel;
using System.Security.Claims;
using Migrate.Api.Security;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Views;

internal static class ViewEndpoints
{
    public static void MapViews(this RouteGroupBuilder api)
    {
        var views = api.MapGroup("views").WithTags("Views");
        views.MapGet("", ([Description("inventory or runs; both when absent.")] string? list, [Description("Part of the name.")] string? filter, [AsParameters] Paging paging, ClaimsPrincipal user, ViewStore store, CancellationToken cancellationToken) =>
            store.ListAsync(Account.Of(user)!, list, filter, paging, cancellationToken)).OrderedBy(ViewStore.Orders).WithName("ListViews").WithSummary("Saved filters and orders of lists: the caller's own, and those that are shared; of the same name one's own comes first.");
        views.MapPost("", (SaveView request, ClaimsPrincipal user, ViewStore store, CancellationToken cancellationToken) => store.SaveAsync(Account.Of(user)!, request, cancellationToken))
            .Needs(Role.Viewer).WithName("SaveView").WithSummary("Keeps filter and order of a list under a name; the caller's own view of that name is replaced.").ProducesProblem(422);
        views.MapDelete("{id:guid}", async (Guid id, ClaimsPrincipal user, ViewStore store, CancellationToken cancellationToken) =>
        {
            await store.RemoveAsync(Account.Of(user)!, id, cancellationToken);
            return TypedResults.NoContent();
        }).Needs(Role.Viewer).WithName("RemoveView").WithSummary("Removes one's own view; an administrator also those that others share.").ProducesProblem(404);
    }
}
