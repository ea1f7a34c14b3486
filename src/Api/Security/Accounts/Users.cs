using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Migrate.Api.Problems;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Security.Accounts;

/// <summary>The people who log in. Passwords are hashed by ASP.NET Core Identity (PBKDF2, HMAC-SHA-512).</summary>
internal sealed class Users(IDbContextFactory<MigrateDb> databases, TimeProvider time)
{
    public const int ShortestPassword = 12;
    private const int LongestPassword = 256;
    private static readonly TimeSpan SeenEvery = TimeSpan.FromMinutes(1);

    // OWASP's password storage cheat sheet: 210,000 rounds of PBKDF2 with HMAC-SHA-512.
    private static readonly PasswordHasher<User> Hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = 210_000 }));
    private static readonly Lazy<string> Nobodys = new(() => Hasher.HashPassword(null!, "nobody's"));

    /// <summary>The user whose password it is; null when name or password is wrong or the user is disabled.</summary>
    public async Task<User?> CheckAsync(string name, string password, CancellationToken cancellationToken)
    {
        if (password.Length > LongestPassword)
        {
            return null;
        }

        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var user = await FindAsync(db, name, cancellationToken);
        var hash = user is { PasswordHash.Length: > 0 } ? user.PasswordHash : Nobodys.Value;
        // Also for a name that is not there: the time of the answer must not tell which names are.
        var result = Hasher.VerifyHashedPassword(user!, hash, password);
        if (user is not { DisabledAt: null, PasswordHash.Length: > 0 } || result == PasswordVerificationResult.Failed)
        {
            return null;
        }

        user.SeenAt = time.GetUtcNow().UtcDateTime;
        if (result == PasswordVerificationResult.SuccessRehashNeeded)
        {
            user.PasswordHash = Hasher.HashPassword(user, password);
        }

        await db.SaveChangesAsync(cancellationToken);
        return user;
    }

    /// <summary>Null when there is none, or it is disabled.</summary>
    public async Task<User?> FindAsync(string name, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var user = await FindAsync(db, name, cancellationToken);
        if (user is not { DisabledAt: null })
        {
            return null;
        }

        var now = time.GetUtcNow().UtcDateTime;
        if (user.SeenAt is null || user.SeenAt + SeenEvery < now)
        {
            await db.Users.Where(x => x.Id == user.Id).ExecuteUpdateAsync(set => set.SetProperty(x => x.SeenAt, now), cancellationToken);
        }

        return user;
    }

    public static readonly ListOrders<User> Orders = new ListOrders<User>("name").Last(x => x.Id).By("name", x => x.Name).By("role", x => x.Role, x => x.Name).By("createdAt", x => x.CreatedAt);

    public async Task<Migrate.Planner.Page<User>> ListAsync(string? filter, Paging paging, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var users = db.Users.AsNoTracking().Named(x => x.Name, filter);
        return new Migrate.Planner.Page<User>(
            await Orders.Apply(users, paging.Sort).Skip(paging.Skip).Take(paging.Size).ToListAsync(cancellationToken), await users.CountAsync(cancellationToken));
    }

    /// <exception cref="MigrateException">user.unknown.</exception>
    public async Task<User> GetAsync(string name, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await FindAsync(db, name, cancellationToken) ?? throw Unknown(name);
    }

    /// <exception cref="MigrateException">user.refused, user.exists.</exception>
    public async Task<User> AddAsync(string? name, string? password, Role role, string by, CancellationToken cancellationToken)
    {
        var errors = new List<string>();
        Naming.Check(name, errors);
        if (string.Equals(name, Account.AdminName, StringComparison.OrdinalIgnoreCase))
        {
            errors.Add($"name: '{Account.AdminName}' is whoever has the administrator's token.");
        }

        CheckPassword(password, errors);
        Refuse(errors);
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        if (await FindAsync(db, name!, cancellationToken) is not null)
        {
            throw new MigrateException("user.exists", $"There is a user '{name}' already.", "Choose another name, or change that one: 'migrate user update'.");
        }

        // The log and saved views know accounts by their names.
        var known = name!.ToLowerInvariant();
        if (await db.ApiKeys.AnyAsync(x => x.Name == known, cancellationToken))
        {
            throw new MigrateException("user.name-of-key", $"An API key has the name '{name}'.", "Choose another name: in the log the two would be one.");
        }

        var user = new User { Id = Guid.NewGuid(), Name = known, Role = role, PasswordHash = "", Stamp = NewStamp(), CreatedAt = time.GetUtcNow().UtcDateTime, CreatedBy = by };
        user.PasswordHash = password is null ? "" : Hasher.HashPassword(user, password);
        db.Users.Add(user);
        await db.SaveChangesAsync(cancellationToken);
        return user;
    }

    /// <summary>What is null stays. Any change ends the user's sessions.</summary>
    /// <exception cref="MigrateException">user.refused, user.unknown.</exception>
    public async Task<User> UpdateAsync(string name, string? password, Role? role, bool? disabled, CancellationToken cancellationToken)
    {
        var errors = new List<string>();
        CheckPassword(password, errors);
        Refuse(errors);
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var user = await FindAsync(db, name, cancellationToken) ?? throw Unknown(name);
        user.Role = role ?? user.Role;
        user.PasswordHash = password is null ? user.PasswordHash : Hasher.HashPassword(user, password);
        user.DisabledAt = disabled switch
        {
            true => user.DisabledAt ?? time.GetUtcNow().UtcDateTime,
            false => null,
            null => user.DisabledAt,
        };
        user.Stamp = NewStamp();
        await db.SaveChangesAsync(cancellationToken);
        return user;
    }

    private static Task<User?> FindAsync(MigrateDb db, string name, CancellationToken cancellationToken)
    {
        var lower = name.ToLowerInvariant();
        return db.Users.SingleOrDefaultAsync(x => x.Name == lower, cancellationToken);
    }

    private static MigrateException Unknown(string name) => new("user.unknown", $"There is no user '{name}'.", "See 'migrate user list'.");

    private static void CheckPassword(string? password, List<string> errors)
    {
        if (password is { Length: < ShortestPassword or > LongestPassword })
        {
            errors.Add($"password: {ShortestPassword} to {LongestPassword} characters; a sentence will do.");
        }
    }

    private static void Refuse(List<string> errors)
    {
        if (errors.Count > 0)
        {
            throw new InvalidRequestException("user.refused", "The user is not changed.", errors);
        }
    }

    private static string NewStamp() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}
