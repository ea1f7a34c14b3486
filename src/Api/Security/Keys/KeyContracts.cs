using System.ComponentModel;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Security.Keys;

/// <param name="Name">What it is for: 1 to 63 letters, digits, '.', '_' or '-'. The audit log says it.</param>
/// <param name="Role">At most the maker's own.</param>
/// <param name="Days">Until it expires, 1 to 730; 90 when absent.</param>
/// <param name="Areas">Parts of the API that it opens, as the tags of this document; absent: all that its role may.</param>
public sealed record CreateKey(string? Name, Role Role, int? Days, IReadOnlyList<string>? Areas);

/// <param name="Id">The public part of the key.</param>
/// <param name="Name">What it is for.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Areas">Parts of the API that it opens; empty: all that its role may.</param>
/// <param name="State">active | expired | revoked.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="CreatedBy">The account that made it.</param>
/// <param name="ExpiresAt">UTC.</param>
/// <param name="SeenAt">The last call with it, UTC, to the minute; null: never used.</param>
public sealed record KeyView(string Id, string Name, Role Role, IReadOnlyList<string> Areas, string State, DateTime CreatedAt, string CreatedBy, DateTime ExpiresAt, DateTime? SeenAt)
{
    internal static KeyView Of(ApiKey key, DateTime now) => new(
        key.Id, key.Name, key.Role, ApiKeys.AreasOf(key), key.RevokedAt is not null ? "revoked" : key.ExpiresAt <= now ? "expired" : "active",
        key.CreatedAt, key.CreatedBy, key.ExpiresAt, key.SeenAt);
}

/// <param name="Key">As it is listed.</param>
/// <param name="Secret">What to send as bearer token. It is shown this once.</param>
public sealed record NewKeyView(KeyView Key, [property: Description("What to send as bearer token. It is shown this once.")] string Secret);
