using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Mvc;
using Migrate.Api.Security.Accounts;
using Migrate.Api.Security.Audit;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Security.Sessions;

/// <param name="Name">Of the account.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Through">admin-token, session, key:ID or proxy.</param>
/// <param name="Areas">Parts of the API that it may use; empty: all that its role may.</param>
public sealed record SessionView(string Name, Role Role, string Through, IReadOnlyList<string> Areas);

/// <param name="Current">The password that holds now.</param>
/// <param name="Next">12 to 256 characters.</param>
public sealed record ChangePassword(string Current, string Next);

internal static class SessionEndpoints
{
    public static void MapSession(this RouteGroupBuilder api)
    {
        var session = api.MapGroup("session").WithTags("Session");
        session.MapGet("", (ClaimsPrincipal user) => Account.Of(user) is { } account ? new SessionView(account.Name, account.Role, account.Through, account.Areas) : throw new InvalidOperationException("The fallback policy lets nobody in who is not known."))
            .WithName("GetSession").WithSummary("Who makes this call, and what it may do.");
        session.MapPost("password", async (ChangePassword request, ClaimsPrincipal user, HttpContext context, OwnPassword passwords, CancellationToken cancellationToken) =>
        {
            await passwords.ChangeAsync(context, Account.Of(user)!, request.Current ?? "", request.Next ?? "", cancellationToken);
            return Results.NoContent();
        }).Needs(Role.Viewer).WithName("ChangePassword").WithSummary("Changes the caller's own password, and ends all its sessions.").Produces(204).ProducesProblem(422).ProducesProblem(429);
    }

    /// <summary>What the login page posts to; a form, so that it works without scripts.</summary>
    public static void MapLogin(this WebApplication app)
    {
        app.MapPost(SessionCookie.LoginPath, async (
            [FromForm] string? name,
            [FromForm] string? secret,
            [FromForm] string? returnTo,
            HttpContext context,
            Users users,
            AdminToken token,
            LoginThrottle throttle,
            AuditTrail audit,
            TimeProvider time,
            CancellationToken cancellationToken) =>
        {
            var back = LocalPath.Is(returnTo) ? returnTo! : "/";
            var again = $"{SessionCookie.LoginPath}?{SessionCookie.ReturnParameter}={Uri.EscapeDataString(back)}";
            name = string.IsNullOrWhiteSpace(name) ? Account.AdminName : name.Trim();
            var address = Address(context);
            if (throttle.Try(name, address) is { } wait)
            {
                context.Response.Headers.RetryAfter = Seconds(wait);
                return Results.LocalRedirect($"{again}&wait={Seconds(wait)}");
            }

            var (account, stamp) = await FindAsync(users, token, name, secret?.Trim() ?? "", cancellationToken);
            if (account is null)
            {
                await audit.EventAsync(context, name, "login", "Login", "failed", cancellationToken);
                return Results.LocalRedirect($"{again}&failed=1");
            }

            throttle.Succeeded(name, address);
            await SessionCookie.BeginAsync(context, account, stamp, time);
            await audit.EventAsync(context, account.Name, account.Through, "Login", "", cancellationToken);
            return Results.LocalRedirect(back);
        }).AllowAnonymous().ExcludeFromDescription();
        app.MapPost("/logout", async (HttpContext context, ClaimsPrincipal user, AuditTrail audit, CancellationToken cancellationToken, [FromForm] string? unused = null) =>
        {
            if (Account.Of(user) is { } account)
            {
                await audit.EventAsync(context, account.Name, account.Through, "Logout", "", cancellationToken);
            }

            await context.SignOutAsync(SessionCookie.SchemeName);
            return Results.LocalRedirect(SessionCookie.LoginPath);
        }).AllowAnonymous().ExcludeFromDescription();
    }

    /// <summary>People by name and password; the administrator by the token, whatever name is given with it.</summary>
    private static async Task<(Account? Account, string Stamp)> FindAsync(Users users, AdminToken token, string name, string secret, CancellationToken cancellationToken)
    {
        if (token.Matches(secret))
        {
            return (new Account(Account.AdminName, Role.Admin, "session", []), token.Stamp);
        }

        return await users.CheckAsync(name, secret, cancellationToken) is { } user
            ? (new Account(user.Name, user.Role, "session", []), user.Stamp)
            : (null, "");
    }

    private static string Seconds(TimeSpan wait) => Math.Ceiling(wait.TotalSeconds).ToString("0", System.Globalization.CultureInfo.InvariantCulture);

    private static string Address(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "";
}
