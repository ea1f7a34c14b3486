using System.ComponentModel;
using System.Security.Claims;
using Migrate.Api.Versions;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Security.Accounts;

internal static class UserEndpoints
{
    public static void MapUsers(this RouteGroupBuilder api)
    {
        var users = api.MapGroup("users").WithTags("Users").Needs(Role.Admin);
        users.MapGet("", async ([Description("Part of the name.")] string? filter, [AsParameters] Paging paging, Users store, CancellationToken cancellationToken) =>
        {
            var page = await store.ListAsync(filter, paging, cancellationToken);
            return new Page<UserView>([.. page.Items.Select(UserView.Of)], paging.Number, paging.Size, page.Total);
        }).OrderedBy(Users.Orders).WithName("ListUsers").WithSummary("Users.");
        users.MapGet("{name}", async (string name, Users store, CancellationToken cancellationToken) => UserView.Of(await store.GetAsync(name, cancellationToken)))
            .HasVersion(Known.User).WithName("GetUser").WithSummary("A user.").ProducesProblem(404);
        users.MapPost("", async (AddUser request, ClaimsPrincipal user, Users store, CancellationToken cancellationToken) =>
        {
            var added = UserView.Of(await store.AddAsync(request.Name, request.Password, request.Role, Account.Of(user)!.Name, cancellationToken));
            return TypedResults.Created($"/api/v1/users/{added.Name}", added);
        }).WithName("AddUser").WithSummary("Adds somebody who may log in.").ProducesProblem(409).ProducesProblem(422);
        users.MapPatch("{name}", async (string name, UpdateUser request, Users store, CancellationToken cancellationToken) =>
            UserView.Of(await store.UpdateAsync(name, request.Password, request.Role, request.Disabled, cancellationToken)))
            .HasVersion(Known.User).WithName("UpdateUser").WithSummary("Changes a user's role or password, or disables it; ends its sessions.").ProducesProblem(404).ProducesProblem(422);
    }
}
