using System.Security.Claims;

namespace Migrate.Api.Security;

/// <summary>Who makes a call, for records that somebody may have to answer for.</summary>
internal static class Caller
{
    private const int LongestStatement = 100;

    /// <summary>The authenticated name. What the caller says of itself is kept beside it and never in its place: nobody has checked it.</summary>
    public static string Name(ClaimsPrincipal user, string? stated)
    {
        var known = user.Identity is { IsAuthenticated: true, Name: { Length: > 0 } name } ? name : null;
        var said = new string([.. (stated ?? "").Trim().Where(c => !char.IsControl(c)).Take(LongestStatement)]);
        return (known, said) switch
        {
            (null, "") => "unknown",
            (null, _) => $"{said} (unverified)",
            (_, "") => known,
            _ when said == known => known,
            _ => $"{known}, for {said} (unverified)",
        };
    }
}
