using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Migrate.Api.Inventory;
using Migrate.Api.Pages.Inventory;
using Migrate.Api.Pages.Login;
using Migrate.Api.Pages.Overview;
using Migrate.Api.Pages.Shared;
using Migrate.Api.Security;
using Migrate.Api.Security.Sessions;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Pages;

/// <summary>Pages for people at /, rendered on the server from the same services as the API's answers.</summary>
internal static class PageSetup
{
    public static void AddPages(this IServiceCollection services)
    {
        services.AddRazorComponents();
        services.AddSingleton<OverviewReader>();
        services.AddSingleton<EventList>();
        services.AddSingleton<InventoryList>();
        services.AddSingleton<Migrate.Api.Views.ViewStore>();
        services.AddSingleton<ChangesSince>();
        services.AddAntiforgery(forms =>
        {
            forms.Cookie.Name = "migrate-forms";
            forms.Cookie.SameSite = SameSiteMode.Strict;
            forms.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            forms.SuppressXFrameOptionsHeader = true; // PageHeaders says DENY.
        });
    }

    public static void MapPages(this WebApplication app)
    {
        app.MapAssets();
        // What a page's forms do takes the role that PageBase.DoAsync is told.
        app.MapRazorComponents<PageRouter>().Needs(Role.Viewer);
        app.MapGet("/inventory.csv", (string source, string? sort, HttpRequest request, VmLists lists, CancellationToken cancellationToken) =>
            VmCsv.AnswerAsync(lists, source, PageFilter.Of(request.Query), null, sort, cancellationToken)).ExcludeFromDescription();
        app.MapGet(SessionCookie.LoginPath, () => new RazorComponentResult<LoginPage>()).AllowAnonymous().ExcludeFromDescription();
        app.MapPost("/appearance", (HttpContext context, [FromForm] string theme, [FromForm] string returnTo) =>
        {
            Appearance.Choose(context, theme);
            return Results.LocalRedirect(LocalPath.Is(returnTo) ? returnTo : "/");
        }).Needs(Role.Viewer).ExcludeFromDescription();
    }
}
