using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Migrate.Api.Hosting;
using Migrate.Api.Security.Accounts;

namespace Migrate.Api.Security.Proxy;

/// <summary>
/// Behind a reverse proxy that authenticates (OpenID Connect, Kerberos, …): it names the user in a header and proves with a secret, which it shares
/// with this server, that it is the proxy. Its address must be a trusted one, too. The user's role is the one that it has here.
/// </summary>
internal sealed class ProxyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, ServeOptions serve, Users users)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Proxy";
    public const string Through = "proxy";
    public const string UserHeader = "X-Migrate-User";
    public const string SecretHeader = "X-Migrate-Proxy-Secret";

    /// <summary>Whether a proxy is trusted here at all, and this call names a user.</summary>
    public static bool Speaks(HttpContext context) =>
        context.RequestServices.GetRequiredService<ServeOptions>().Proxy is not null && context.Request.Headers.ContainsKey(UserHeader);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (serve.Proxy is not { } proxy || Request.Headers[UserHeader] is not [{ Length: > 0 } name])
        {
            return AuthenticateResult.NoResult();
        }

        var address = Context.Connection.RemoteIpAddress;
        if (address is { IsIPv4MappedToIPv6: true })
        {
            address = address.MapToIPv4();
        }

        if (address is null || !proxy.Addresses.Contains(address) || !Knows(proxy.SecretHash, Request.Headers[SecretHeader].ToString()))
        {
            return AuthenticateResult.Fail("not the trusted proxy");
        }

        return await users.FindAsync(name, Context.RequestAborted) is { } user
            ? AuthenticateResult.Success(new AuthenticationTicket(new Account(user.Name, user.Role, Through, []).ToPrincipal(Scheme.Name), Scheme.Name))
            : AuthenticateResult.Fail($"the proxy's user '{name}' has no account here");
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties) =>
        await Problems.Problem.Of(
            StatusCodes.Status401Unauthorized,
            "auth.proxy",
            "The call names a user as a trusted proxy would, and is not accepted: it is not from the proxy, or the user has no account here or is disabled.",
            $"Check --proxy-address and --proxy-secret-file against what the proxy sends ({SecretHeader}), and add the user: 'migrate user add NAME --role ROLE --no-password'.").ExecuteAsync(Context);

    private static bool Knows(byte[] hash, string secret) => CryptographicOperations.FixedTimeEquals(hash, SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}

/// <param name="Addresses">That the proxy's calls come from.</param>
/// <param name="SecretHash">SHA-256 of the secret in UTF-8.</param>
internal sealed record TrustedProxy(IReadOnlyList<IPAddress> Addresses, byte[] SecretHash)
{
    private const int ShortestSecret = 32;

    /// <exception cref="Migrate.Planner.MigrateException">serve.proxy-secret.</exception>
    public static TrustedProxy Read(IReadOnlyList<IPAddress> addresses, string secretFile)
    {
        try
        {
            var secret = File.ReadAllText(secretFile).Trim();
            return secret.Length >= ShortestSecret
                ? new TrustedProxy(addresses, SHA256.HashData(Encoding.UTF8.GetBytes(secret)))
                : throw Unusable($"it is shorter than {ShortestSecret} characters");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(e.Message);
        }

        Migrate.Planner.MigrateException Unusable(string cause) => new(
            "serve.proxy-secret", $"The proxy's secret in {secretFile} cannot be used: {cause}.", "Make one: openssl rand -hex 32; the proxy sends the same as X-Migrate-Proxy-Secret.");
    }
}
