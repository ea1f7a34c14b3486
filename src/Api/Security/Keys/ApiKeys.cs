using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Migrate.Api.Problems;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Security.Keys;

/// <summary>
/// Keys of programs: <c>mgk_ID_SECRET</c>. The id finds the row; the secret, 256 random bits, is compared by its SHA-256 in
/// constant time. A key is what its row says at each call, so a revoked one ends at once.
/// </summary>
internal sealed class ApiKeys(IDbContextFactory<MigrateDb> databases, TimeProvider time)
{
    public const string Prefix = "mgk_";
    public static readonly TimeSpan LongestLife = TimeSpan.FromDays(730);
    private const int IdLength = 12;
    private const string IdLetters = "abcdefghijkmnpqrstuvwxyz23456789";
    private static readonly TimeSpan SeenEvery = TimeSpan.FromMinutes(1);

    /// <summary>The key's account; null when it is no key that is valid now.</summary>
    public async Task<Account?> FindAsync(string presented, CancellationToken cancellationToken)
    {
        if (!presented.StartsWith(Prefix, StringComparison.Ordinal) || presented.Length <= Prefix.Length + IdLength || presented[Prefix.Length + IdLength] != '_')
        {
            return null;
        }

        var id = presented.Substring(Prefix.Length, IdLength);
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var key = await db.ApiKeys.AsNoTracking().SingleOrDefaultAsync(x => x.Id == id, cancellationToken);
        var now = time.GetUtcNow().UtcDateTime;
        // Compared also for a key that is not there, so that the time of the answer does not tell ids.
        var matches = CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(HashOf(presented[(Prefix.Length + IdLength + 1)..])), Encoding.ASCII.GetBytes(key?.SecretHash ?? new string('0', 64)));
        if (key is null || !matches || key.RevokedAt is not null || key.ExpiresAt <= now)
        {
            return null;
        }

        if (key.SeenAt is null || key.SeenAt + SeenEvery < now)
        {
            await db.ApiKeys.Where(x => x.Id == id).ExecuteUpdateAsync(set => set.SetProperty(x => x.SeenAt, now), cancellationToken);
        }

        return new Account(key.Name, key.Role, $"key:{key.Id}", AreasOf(key));
    }

    /// <returns>The row, and the key to hand out: it cannot be shown again.</returns>
    /// <exception cref="InvalidRequestException">key.refused.</exception>
    public async Task<(ApiKey Key, string Secret)> CreateAsync(string? name, Role role, TimeSpan life, IReadOnlyList<string> areas, IReadOnlyCollection<string> knownAreas, string by, CancellationToken cancellationToken)
    {
        var errors = new List<string>();
        Naming.Check(name, errors);
        if (life <= TimeSpan.Zero || life > LongestLife)
        {
            errors.Add($"days: 1 to {LongestLife.TotalDays:0}.");
        }

        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var lower = name?.ToLowerInvariant();
        if (lower == Account.AdminName || await db.Users.AnyAsync(x => x.Name == lower, cancellationToken))
        {
            errors.Add($"name: '{name}' is a person's; what the key does must not look like what the person did.");
        }

        errors.AddRange(areas.Except(knownAreas, StringComparer.OrdinalIgnoreCase).Select(x => $"areas: there is no '{x}'; there are {string.Join(", ", knownAreas.Order())}."));
        if (errors.Count > 0)
        {
            throw new InvalidRequestException("key.refused", "The key is not made.", errors);
        }

        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var now = time.GetUtcNow().UtcDateTime;
        var key = new ApiKey
        {
            Id = RandomNumberGenerator.GetString(IdLetters, IdLength),
            Name = name!,
            Role = role,
            Areas = string.Join(',', areas),
            SecretHash = HashOf(secret),
            CreatedAt = now,
            CreatedBy = by,
            ExpiresAt = now + life,
        };
        db.ApiKeys.Add(key);
        await db.SaveChangesAsync(cancellationToken);
        return (key, $"{Prefix}{key.Id}_{secret}");
    }

    /// <exception cref="MigrateException">key.unknown.</exception>
    public async Task<ApiKey> RevokeAsync(string id, string by, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var key = await db.ApiKeys.SingleOrDefaultAsync(x => x.Id == id, cancellationToken)
            ?? throw new MigrateException("key.unknown", $"There is no key {id}.", "See 'migrate key list'.");
        if (key.RevokedAt is null)
        {
            (key.RevokedAt, key.RevokedBy) = (time.GetUtcNow().UtcDateTime, by);
            await db.SaveChangesAsync(cancellationToken);
        }

        return key;
    }

    public static readonly ListOrders<ApiKey> Orders = new ListOrders<ApiKey>("-createdAt").Last(x => x.Id).By("createdAt", x => x.CreatedAt).By("name", x => x.Name).By("expiresAt", x => x.ExpiresAt);

    public async Task<Migrate.Planner.Page<ApiKey>> ListAsync(string? filter, Paging paging, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var keys = db.ApiKeys.AsNoTracking().Named(x => x.Name, filter);
        return new Migrate.Planner.Page<ApiKey>(
            await Orders.Apply(keys, paging.Sort).Skip(paging.Skip).Take(paging.Size).ToListAsync(cancellationToken), await keys.CountAsync(cancellationToken));
    }

    public static IReadOnlyList<string> AreasOf(ApiKey key) => key.Areas.Split(',', StringSplitOptions.RemoveEmptyEntries);

    private static string HashOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
