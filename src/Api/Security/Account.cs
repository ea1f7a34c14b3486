using System.Security.Claims;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Security;

/// <summary>Who makes a call, as it was proven, and what it may do.</summary>
/// <param name="Name">Of the user or key; <c>admin</c> for the administrator's token.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Through">admin-token, session, key:ID or proxy.</param>
/// <param name="Areas">The only parts of the API that it may use; empty: all.</param>
internal sealed record Account(string Name, Role Role, string Through, IReadOnlyList<string> Areas)
{
    /// <summary>The administrator's token is this account; no user can be called so.</summary>
    public const string AdminName = "admin";

    private const string ThroughClaim = "migrate:through";
    private const string AreaClaim = "migrate:area";

    /// <summary>Null for nobody.</summary>
    public static Account? Of(ClaimsPrincipal principal) =>
        principal.Identity is { IsAuthenticated: true, Name: { } name } && Enum.TryParse<Role>(principal.FindFirstValue(ClaimTypes.Role), out var role)
            ? new Account(name, role, principal.FindFirstValue(ThroughClaim) ?? "", [.. principal.FindAll(AreaClaim).Select(x => x.Value)])
            : null;

    public ClaimsPrincipal ToPrincipal(string scheme, params IEnumerable<Claim> more) => new(new ClaimsIdentity(
        [
            new Claim(ClaimTypes.Name, Name),
            new Claim(ClaimTypes.NameIdentifier, Name), // What antiforgery tokens are bound to.
            new Claim(ClaimTypes.Role, Role.ToString()),
            new Claim(ThroughClaim, Through),
            .. Areas.Select(x => new Claim(AreaClaim, x)),
            .. more,
        ],
        scheme));
}
