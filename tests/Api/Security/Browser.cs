using System.Net;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Migrate.Api.Security;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Security;

/// <summary>Keeps cookies and sends forms with the antiforgery token that a page would have had.</summary>
internal sealed class Browser : IDisposable
{
    private readonly RunningServer _server;
    private string _token = "";

    public Browser(RunningServer server)
    {
        var cookies = new CookieContainer();
        Http = new HttpClient(new HttpClientHandler { CookieContainer = cookies, AllowAutoRedirect = false }) { BaseAddress = server.Url };
        Cookies = cookies;
        _server = server;
        SeePageAs(null);
    }

    public HttpClient Http { get; }

    public CookieContainer Cookies { get; }

    /// <summary>A page's form carries a token for who looks at it.</summary>
    public void SeePageAs(string? account)
    {
        var context = new DefaultHttpContext { RequestServices = _server.Services };
        if (account is not null)
        {
            context.User = new Account(account, Role.Viewer, "session", []).ToPrincipal("Session");
        }

        var tokens = _server.Services.GetRequiredService<IAntiforgery>().GetTokens(context);
        Cookies.Add(_server.Url, new Cookie(_server.Services.GetRequiredService<IOptions<AntiforgeryOptions>>().Value.Cookie.Name!, tokens.CookieToken, "/"));
        _token = tokens.RequestToken!;
    }

    public Task<HttpResponseMessage> LogInAsync(string name, string secret, string? returnTo = null) =>
        PostFormAsync("/login", ("name", name), ("secret", secret), ("returnTo", returnTo ?? ""));

    public Task<HttpResponseMessage> PostFormAsync(string path, params (string Name, string Value)[] fields) => Http.PostAsync(
        path,
        new FormUrlEncodedContent([.. fields.Select(x => KeyValuePair.Create(x.Name, x.Value)), KeyValuePair.Create("__RequestVerificationToken", _token)]),
        TestContext.Current.CancellationToken);

    public void Dispose() => Http.Dispose();
}
