using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Migrate.Simulator.Estates;

namespace Migrate.Simulator.Sessions;

/// <summary>Who is logged in. A session that stays idle longer than the timeout is forgotten.</summary>
public sealed class SessionTable(SimulatorOptions options, IReadOnlyList<EstateUser> users)
{
    public const string CookieName = "vmware_soap_session";
    private readonly ConcurrentDictionary<string, Session> _sessions = new(StringComparer.Ordinal);

    public IEnumerable<Session> All => _sessions.Values;

    public bool IsPassword(string userName, string password) =>
        (Same(userName, options.UserName) | users.Any(u => Same(userName, u.Name))) & Same(password, options.Password);

    public Session Open(string userName)
    {
        var key = $"52{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(15))}";
        var cookie = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));
        var session = new Session(key, cookie, userName, options.Time.GetUtcNow().UtcDateTime);
        _sessions[cookie] = session;
        return session;
    }

    public void Close(Session session) => _sessions.TryRemove(session.Cookie, out _);

    public void CloseAll() => _sessions.Clear();

    public Session? Find(HttpRequest request) => CookieOf(request) is { } cookie ? ByCookie(cookie) : null;

    public Session? ByCookie(string cookie)
    {
        if (!_sessions.TryGetValue(cookie, out var session))
        {
            return null;
        }

        var now = options.Time.GetUtcNow().UtcDateTime;
        if (now - session.LastActive > options.SessionTimeout)
        {
            Close(session);
            return null;
        }

        session.Touch(now);
        return session;
    }

    /// <summary>True for a valid session cookie or the right basic credentials, as /folder accepts both.</summary>
    public bool IsAuthenticated(HttpRequest request) => Find(request) is not null || HasBasicCredentials(request);

    public bool HasBasicCredentials(HttpRequest request)
    {
        if (!AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header) ||
            !string.Equals(header.Scheme, "Basic", StringComparison.OrdinalIgnoreCase) || header.Parameter is null)
        {
            return false;
        }

        var bytes = new byte[header.Parameter.Length];
        if (!Convert.TryFromBase64String(header.Parameter, bytes, out var length))
        {
            return false;
        }

        var parts = Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2);
        return parts.Length == 2 && IsPassword(parts[0], parts[1]);
    }

    /// <summary>Read by hand: VMware's clients quote the value and echo the attributes of Set-Cookie.</summary>
    private static string? CookieOf(HttpRequest request)
    {
        foreach (var part in request.Headers.Cookie.SelectMany(line => (line ?? "").Split(';')))
        {
            var pair = part.Trim().Split('=', 2);
            if (pair.Length == 2 && pair[0] == CookieName)
            {
                return pair[1].Trim('"');
            }
        }

        return null;
    }

    private static bool Same(string left, string right) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(left), Encoding.UTF8.GetBytes(right));
}
