using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http.Metadata;
using Migrate.Api.Problems;
using Migrate.Api.Security.Audit;

namespace Migrate.Api.Security;

/// <summary>Tells a caller of the API what its account lacks. A page's visitor gets the plain status, which the pages explain.</summary>
internal sealed class RefusedCall : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler _usual = new();

    public async Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (!authorizeResult.Forbidden || !IsApi(context))
        {
            await _usual.HandleAsync(next, context, policy, authorizeResult);
            return;
        }

        var account = Account.Of(context.User);
        var endpoint = context.GetEndpoint();
        var needed = endpoint is null ? null : Roles.Of(endpoint, context.Request.Method);
        var problem = account is not null && needed is { } role && account.Role < role
            ? Problem.Of(
                StatusCodes.Status403Forbidden,
                "auth.role-missing",
                $"This takes the role {role}; {account.Name} has the role {account.Role}.",
                "Ask somebody who has the role to do it, or an administrator to give it: 'migrate user update NAME --role ROLE'.")
            : Problem.Of(
                StatusCodes.Status403Forbidden,
                "auth.area-closed",
                $"The key of {account?.Name} does not open this part of the API: {string.Join(", ", endpoint?.Metadata.GetMetadata<ITagsMetadata>()?.Tags ?? [])}.",
                $"Make a key with this area, or one without areas: 'migrate key create NAME --role ROLE'. This one opens: {string.Join(", ", account?.Areas ?? [])}.");
        context.NoteProblem((string)problem.ProblemDetails.Extensions["code"]!);
        await problem.ExecuteAsync(context);
    }

    public static bool IsApi(HttpContext context) =>
        context.Request.Path.StartsWithSegments("/api") || context.Request.Path.StartsWithSegments("/openapi") || !context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
}
