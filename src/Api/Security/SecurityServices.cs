using Microsoft.AspNetCore.Authentication;
using Migrate.Api.Hosting;
using Migrate.Api.Idempotency;
using Migrate.Api.Security.Accounts;
using Migrate.Api.Security.Audit;
using Migrate.Api.Security.Keys;
using Migrate.Api.Security.Proxy;
using Migrate.Api.Security.Sessions;

namespace Migrate.Api.Security;

internal static class SecurityServices
{
    private const string Chooser = "Migrate";

    public static void AddMigrateSecurity(this IServiceCollection services, ServeOptions options)
    {
        services.AddSingleton(options.Data);
        services.AddSingleton(AdminToken.ReadOrCreate(options.Data.Token));
        services.AddSingleton(CallSecret.ReadOrCreate(options.Data));
        services.AddSingleton<ApiKeys>();
        services.AddSingleton<Users>();
        services.AddSingleton<OwnPassword>();
        services.AddSingleton<LoginThrottle>();
        services.AddSingleton<AuditTrail>();
        services.AddHttpContextAccessor();
        services.AddAuthentication(Chooser)
            .AddScheme<AuthenticationSchemeOptions, BearerAuthentication>(BearerAuthentication.SchemeName, null)
            .AddScheme<AuthenticationSchemeOptions, ProxyAuthentication>(ProxyAuthentication.SchemeName, null)
            .AddCookie(SessionCookie.SchemeName, SessionCookie.Configure)
            .AddPolicyScheme(Chooser, null, chooser => chooser.ForwardDefaultSelector = context =>
                context.Request.Headers.ContainsKey("Authorization") ? BearerAuthentication.SchemeName
                : ProxyAuthentication.Speaks(context) ? ProxyAuthentication.SchemeName
                : context.Request.Cookies.ContainsKey(SessionCookie.CookieName) || !RefusedCall.IsApi(context) ? SessionCookie.SchemeName
                : BearerAuthentication.SchemeName);
        services.AddRolePolicies();
    }

    /// <summary>In this order: who is it, what is asked is written down, is the call its own, may it, was it done before.</summary>
    public static void UseMigrateSecurity(this WebApplication app)
    {
        app.UseAuthentication();
        app.UseAudit();
        app.UseForgeryCheck();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.UseRepeatedCalls();
    }
}
