namespace Migrate.Api.Pages;

/// <summary>Light, dark, or as the system has it: kept in a cookie, so that a page is right from its first paint and without scripts.</summary>
internal static class Appearance
{
    public static readonly IReadOnlyList<string> Themes = ["system", "light", "dark"];
    private const string Cookie = "migrate-theme";

    /// <summary>Null: as the system has it.</summary>
    public static string? Of(HttpContext context) => context.Request.Cookies[Cookie] is var theme and ("light" or "dark") ? theme : null;

    public static void Choose(HttpContext context, string theme)
    {
        if (theme is "light" or "dark")
        {
            context.Response.Cookies.Append(Cookie, theme, new CookieOptions
            {
                MaxAge = TimeSpan.FromDays(365),
                SameSite = SameSiteMode.Strict,
                HttpOnly = true,
                Secure = context.Request.IsHttps,
            });
        }
        else
        {
            context.Response.Cookies.Delete(Cookie);
        }
    }
}
