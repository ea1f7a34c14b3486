using System.Globalization;
using Migrate.Api.Security.Accounts;
using Migrate.Api.Security.Proxy;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Security.Sessions;

/// <summary>Whoever has a password changes it by knowing it.</summary>
internal sealed class OwnPassword(Users users, LoginThrottle throttle)
{
    public static bool Has(Account account) => account.Through is "session" or ProxyAuthentication.Through && account.Name != Account.AdminName;

    /// <exception cref="MigrateException">session.no-password, auth.too-many-tries, session.password-wrong, user.refused.</exception>
    public async Task<User> ChangeAsync(HttpContext context, Account account, string current, string next, CancellationToken cancellationToken)
    {
        if (!Has(account))
        {
            throw new MigrateException("session.no-password", $"{account.Name} has no password to change: it comes by {(account.Name == Account.AdminName ? "the administrator's token" : account.Through)}.", "Keys are made and revoked: 'migrate key create', 'migrate key revoke'.");
        }

        var address = context.Connection.RemoteIpAddress?.ToString() ?? "";
        if (throttle.Try(account.Name, address) is { } wait)
        {
            var seconds = Math.Ceiling(wait.TotalSeconds).ToString("0", CultureInfo.InvariantCulture);
            context.Response.Headers.RetryAfter = seconds;
            throw new MigrateException("auth.too-many-tries", "Too many wrong passwords.", $"Wait {seconds} seconds.");
        }

        if (await users.CheckAsync(account.Name, current, cancellationToken) is null)
        {
            throw new MigrateException("session.password-wrong", "The current password is not right.", "Type the password that you log in with; an administrator can set a new one: 'migrate user update NAME --password-file FILE'.");
        }

        throttle.Succeeded(account.Name, address);
        return await users.UpdateAsync(account.Name, next, null, null, cancellationToken);
    }
}
