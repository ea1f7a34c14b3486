using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Metadata;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Security;

/// <summary>The policies, for endpoints and for pages' <c>[Authorize(Policy = Roles.Operator)]</c>.</summary>
internal static class Roles
{
    public const string Viewer = nameof(Role.Viewer);
    public const string Operator = nameof(Role.Operator);
    public const string Approver = nameof(Role.Approver);
    public const string Admin = nameof(Role.Admin);

    public static TBuilder Needs<TBuilder>(this TBuilder builder, Role role)
        where TBuilder : IEndpointConventionBuilder =>
        builder.RequireAuthorization(role.ToString());

    /// <summary>The role that a call of an endpoint needs; null when anybody may.</summary>
    public static Role? Of(Endpoint endpoint, string method)
    {
        if (endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            return null;
        }

        // The strictest counts, as for the framework, which wants all policies met.
        return endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>()
            .Select(x => Enum.TryParse<Role>(x.Policy, out var role) ? role : (Role?)null)
            .DefaultIfEmpty(null)
            .Max() ?? Unsaid(method);
    }

    /// <summary>What an endpoint needs that says nothing: what only looks is for everybody who has an account, and what may change something is closed.</summary>
    public static Role Unsaid(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? Role.Viewer : Role.Admin;

    public static void AddRolePolicies(this IServiceCollection services)
    {
        services.AddSingleton<IAuthorizationHandler, RoleCheck>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, RefusedCall>();
        var builder = services.AddAuthorizationBuilder();
        foreach (var role in Enum.GetValues<Role>())
        {
            builder.AddPolicy(role.ToString(), policy => policy.RequireAuthenticatedUser().AddRequirements(new RoleRequirement(role)));
        }

        builder.SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().AddRequirements(new RoleRequirement(null)).Build());
    }
}

/// <param name="Role">Null: by the call's method, see <see cref="Roles.Unsaid"/>.</param>
internal sealed record RoleRequirement(Role? Role) : IAuthorizationRequirement;

/// <summary>Compares an account's role and areas with what is called.</summary>
internal sealed class RoleCheck(IHttpContextAccessor contexts) : AuthorizationHandler<RoleRequirement>
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, RoleRequirement requirement)
    {
        if (Account.Of(context.User) is not { } account)
        {
            return Task.CompletedTask;
        }

        var http = context.Resource as HttpContext ?? contexts.HttpContext;
        var needed = requirement.Role ?? Roles.Unsaid(http?.Request.Method ?? "");
        var areas = http?.GetEndpoint()?.Metadata.GetMetadata<ITagsMetadata>()?.Tags ?? [];
        if (account.Role >= needed && (account.Areas.Count == 0 || account.Areas.Intersect(areas, StringComparer.OrdinalIgnoreCase).Any()))
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }
}
