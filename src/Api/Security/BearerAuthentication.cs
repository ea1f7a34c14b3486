using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Migrate.Api.Problems;
using Migrate.Api.Security.Keys;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Security;

/// <summary><c>Authorization: Bearer</c> with the administrator's token or an API key.</summary>
internal sealed class BearerAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    AdminToken token,
    ApiKeys keys) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Bearer";
    private const string Prefix = "Bearer ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return AuthenticateResult.NoResult();
        }

        var presented = header[Prefix.Length..].Trim();
        var account = token.Matches(presented)
            ? new Account(Account.AdminName, Role.Admin, "admin-token", [])
            : await keys.FindAsync(presented, Context.RequestAborted);
        return account is null
            ? AuthenticateResult.Fail("wrong token")
            : AuthenticateResult.Success(new AuthenticationTicket(account.ToPrincipal(Scheme.Name), Scheme.Name));
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        await Problem.Of(
            StatusCodes.Status401Unauthorized,
            "auth.required",
            Request.Headers.Authorization.Count == 0 ? "This call needs an account." : "The token is not known here, has expired or was revoked.",
            "Send 'Authorization: Bearer' with an API key ('migrate key create'), or with the administrator's token from the file admin.token of the server's data directory.")
            .ExecuteAsync(Context);
    }
}
