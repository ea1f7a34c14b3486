using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Migrate.Api.Security.Accounts;

namespace Migrate.Api.Security.Sessions;

/// <summary>
/// A browser's session: an encrypted cookie that scripts cannot read and other sites cannot send. At each call the account is read
/// again, so that who is disabled, or has another role or password, is so at once.
/// </summary>
internal static class SessionCookie
{
    public const string SchemeName = "Session";
    public const string CookieName = "migrate.session";
    public const string LoginPath = "/login";
    public const string ReturnParameter = "returnTo";
    private const string StampClaim = "migrate:stamp";
    private static readonly TimeSpan Idle = TimeSpan.FromHours(8);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    public static void Configure(CookieAuthenticationOptions options)
    {
        options.Cookie.Name = CookieName;
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Strict;
        // Plain HTTP is served on loopback only (ListenRules).
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.ExpireTimeSpan = Idle;
        options.SlidingExpiration = true;
        options.LoginPath = LoginPath;
        options.ReturnUrlParameter = ReturnParameter;
        options.Events.OnValidatePrincipal = ValidateAsync;
        options.Events.OnRedirectToAccessDenied = context =>
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        };
    }

    public static Task BeginAsync(HttpContext context, Account account, string stamp, TimeProvider time) => context.SignInAsync(
        SchemeName,
        account.ToPrincipal(SchemeName, new Claim(StampClaim, stamp)),
        new AuthenticationProperties { IssuedUtc = time.GetUtcNow(), Items = { [nameof(Longest)] = (time.GetUtcNow() + Longest).UtcTicks.ToString(System.Globalization.CultureInfo.InvariantCulture) } });

    private static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var services = context.HttpContext.RequestServices;
        var stamp = context.Principal?.FindFirstValue(StampClaim);
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var isOver = !context.Properties.Items.TryGetValue(nameof(Longest), out var ticks) || !long.TryParse(ticks, out var end) || now.UtcTicks >= end;
        var account = isOver || stamp is null || context.Principal is null ? null : Account.Of(context.Principal);
        if (account is { Name: Account.AdminName })
        {
            if (services.GetRequiredService<AdminToken>().Stamp == stamp)
            {
                return;
            }
        }
        else if (account is not null && await services.GetRequiredService<Users>().FindAsync(account.Name, context.HttpContext.RequestAborted) is { } user && user.Stamp == stamp)
        {
            return;
        }

        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(SchemeName);
    }
}
