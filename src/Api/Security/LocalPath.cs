namespace Migrate.Api.Security;

/// <summary>Where a form leads back to: whatever but a path of this server would let a link that is passed around lead elsewhere.</summary>
internal static class LocalPath
{
    /// <summary>"//host" and "/\host" are other servers to a browser.</summary>
    public static bool Is(string? path) => path is ['/', ..] and not ['/', '/' or '\\', ..] && !path.Any(char.IsControl);
}
