using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Migrate.Api.Security;

namespace Migrate.Api.Jobs.Hangfire;

/// <summary>
/// The administrator's token as a browser can send it: the password of HTTP Basic, with any name. For the dashboard alone, which changes
/// nothing: a browser adds such a password to calls that other sites make, too.
/// </summary>
internal sealed class DashboardAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    AdminToken token) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Dashboard";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!AuthenticationHeaderValue.TryParse(Request.Headers.Authorization, out var header) || header.Parameter is null)
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        if (!token.Matches(header.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase) ? PasswordOf(header.Parameter) : header.Parameter))
        {
            return Task.FromResult(AuthenticateResult.Fail("wrong token"));
        }

        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, "admin")], Scheme.Name);
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name)));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = "Basic realm=\"Migrate: any name, and the administrator's token as password\"";
        return Task.CompletedTask;
    }

    private static string PasswordOf(string encoded)
    {
        Span<byte> bytes = stackalloc byte[512];
        return Convert.TryFromBase64String(encoded, bytes, out var length) && bytes[..length].IndexOf((byte)':') is >= 0 and var colon
            ? Encoding.UTF8.GetString(bytes[(colon + 1)..length])
            : "";
    }
}
