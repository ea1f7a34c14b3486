using System.Globalization;

namespace Migrate.Simulator.Schema;

/// <summary>A version of the vSphere API ("7.0.3.0"), comparable; missing parts count as zero.</summary>
public readonly record struct ApiVersion(int Major, int Minor, int Patch, int Update) : IComparable<ApiVersion>
{
    /// <summary>What a simulated server speaks unless its estate says otherwise.</summary>
    public static readonly ApiVersion Usual = Parse("8.0.1.0");

    public static ApiVersion Parse(string text)
    {
        var parts = text.Split('.').Select(p => int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0).ToArray();
        return new ApiVersion(parts.ElementAtOrDefault(0), parts.ElementAtOrDefault(1), parts.ElementAtOrDefault(2), parts.ElementAtOrDefault(3));
    }

    /// <summary>The version a client names in its SOAPAction, e.g. "urn:vim25/7.0.3.0", but not above the server's; none named: the server's.</summary>
    public static ApiVersion OfSoapAction(string? action, ApiVersion server)
    {
        var slash = action?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        var named = slash < 0 ? server : Parse(action![(slash + 1)..].Trim('"', ' '));
        return named < server ? named : server;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}.{Patch}.{Update}");

    public int CompareTo(ApiVersion other) => (Major, Minor, Patch, Update).CompareTo((other.Major, other.Minor, other.Patch, other.Update));

    public static bool operator >(ApiVersion left, ApiVersion right) => left.CompareTo(right) > 0;

    public static bool operator <(ApiVersion left, ApiVersion right) => left.CompareTo(right) < 0;

    public static bool operator >=(ApiVersion left, ApiVersion right) => left.CompareTo(right) >= 0;

    public static bool operator <=(ApiVersion left, ApiVersion right) => left.CompareTo(right) <= 0;
}
