using Migrate.Simulator.PropertyCollection;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.Sessions;

/// <summary>A login. Views, filters and paging tokens belong to it and end with it.</summary>
public sealed class Session(string key, string cookie, string userName, DateTime loginTime)
{
    private long _lastActiveTicks = loginTime.Ticks;

    public string Key { get; } = key;

    public string Cookie { get; } = cookie;

    public string UserName { get; } = userName;

    public DateTime LastActive => new(Interlocked.Read(ref _lastActiveTicks), DateTimeKind.Utc);

    public PageTokens Pages { get; } = new();

    public UpdateFilters Filters { get; } = new();

    public void Touch(DateTime now) => Interlocked.Exchange(ref _lastActiveTicks, now.Ticks);

    public DataObject ToUserSession() => DataObject.Of(
        "UserSession",
        ("key", Key),
        ("userName", UserName),
        ("fullName", UserName),
        ("loginTime", loginTime),
        ("lastActiveTime", LastActive),
        ("locale", "en"),
        ("messageLocale", "en"),
        ("extensionSession", false),
        ("ipAddress", "127.0.0.1"),
        ("userAgent", ""),
        ("callCount", 0L));
}
