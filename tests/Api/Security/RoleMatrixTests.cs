using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Api.Security;
using Migrate.Api.Security.Keys;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Security;

/// <summary>Every endpoint that the server has, as every role: made from the list of endpoints, so that a new one cannot be forgotten.</summary>
public sealed class RoleMatrixTests(RunningServer shared) : IAsyncLifetime
{
    private static readonly string[] Open = ["GET /healthz", "GET /readyz", "POST /login", "POST /logout", "GET /login"];
    private readonly RunningServer _server = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Each_endpoint_lets_in_whom_it_says_and_nobody_else()
    {
        Dictionary<string, HttpClient> callers = new() { ["nobody"] = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = _server.Url } };
        foreach (var role in Enum.GetValues<Role>())
        {
            var (_, secret) = await _server.Services.GetRequiredService<ApiKeys>().CreateAsync($"key-{role}", role, TimeSpan.FromDays(1), [], [], "test", Cancellation);
            callers[role.ToString()] = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = _server.Url };
            callers[role.ToString()].DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        }

        var wrong = new List<string>();
        var calls = 0;
        foreach (var (method, endpoint) in Endpoints(_server))
        {
            var needed = Roles.Of(endpoint, method);
            foreach (var (caller, http) in callers)
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), Path(endpoint));
                if (method is not ("GET" or "HEAD"))
                {
                    // Nothing that any of them takes: whoever is let in is told so, and nothing is done.
                    request.Content = endpoint.RoutePattern.RawText!.TrimStart('/').StartsWith("api/", StringComparison.Ordinal)
                        ? new StringContent("[\"nothing\"]", Encoding.UTF8, "application/json")
                        : new FormUrlEncodedContent([]);
                }

                using var ended = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
                using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ended.Token);
                calls++;
                var may = needed is null || (Enum.TryParse<Role>(caller, out var role) && role >= needed);
                var refused = response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
                var right = may ? !refused : caller == "nobody" ? response.StatusCode == HttpStatusCode.Unauthorized : response.StatusCode == HttpStatusCode.Forbidden;
                if (!right)
                {
                    wrong.Add($"{method} {endpoint.RoutePattern.RawText} as {caller}: {(int)response.StatusCode}, needs {needed?.ToString() ?? "nobody"}");
                }
            }
        }

        wrong.ShouldBeEmpty();
        calls.ShouldBeGreaterThan(400);
    }

    [Fact]
    public void Only_these_are_open_to_everybody() =>
        Endpoints(shared).Where(x => Roles.Of(x.Endpoint, x.Method) is null && !IsAsset(x.Endpoint)).Select(x => $"{x.Method} {x.Endpoint.RoutePattern.RawText}".Replace("//", "/")).Except(Open).ShouldBeEmpty();

    [Fact]
    public void What_may_change_something_says_who_may() =>
        Endpoints(shared).Where(x => x.Method is not ("GET" or "HEAD") && x.Endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null && x.Endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Count == 0)
            .Select(x => $"{x.Method} {x.Endpoint.RoutePattern.RawText}").ShouldBeEmpty("without a word it takes an administrator");

    [Fact]
    public void The_document_lists_what_each_role_may()
    {
        var lines = Endpoints(shared)
            .Where(x => x.Endpoint.RoutePattern.RawText!.TrimStart('/').StartsWith("api/", StringComparison.Ordinal))
            .Select(x => (x.Method, Path: "/" + x.Endpoint.RoutePattern.RawText!.TrimStart('/'), Role: Roles.Of(x.Endpoint, x.Method), Name: x.Endpoint.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName))
            .OrderBy(x => x.Role).ThenBy(x => x.Path, StringComparer.Ordinal).ThenBy(x => x.Method, StringComparer.Ordinal)
            .Select(x => $"| {x.Role?.ToString() ?? "anybody"} | {x.Method} | `{x.Path}` | {x.Name} |");
        var text = string.Join('\n', (string[])[
            "# What each role may call", "",
            "Written by a test from the server's own list of endpoints. Each role may all that the ones before it may: Viewer, Operator, Approver, Admin.", "",
            "| Role | | Path | Operation |", "|---|---|---|---|", .. lines, ""]);
        WrittenDocument.ShouldBe("docs/roles.md", text);
    }

    private static bool IsAsset(RouteEndpoint endpoint) => endpoint.RoutePattern.RawText!.TrimStart('/').StartsWith("assets/", StringComparison.Ordinal);

    private static IEnumerable<(string Method, RouteEndpoint Endpoint)> Endpoints(RunningServer server) =>
        from endpoint in server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]
        select (method, endpoint);

    private static string Path(RouteEndpoint endpoint)
    {
        var path = new StringBuilder("/");
        path.AppendJoin('/', endpoint.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
        {
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternSeparatorPart separator => separator.Content,
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter => Value(parameter),
            _ => "",
        }))));
        return path.ToString();
    }

    private static string Value(Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter) =>
        parameter.ParameterPolicies.Select(x => x.Content).FirstOrDefault() switch
        {
            "guid" => Guid.Empty.ToString(),
            "int" => 7.ToString(CultureInfo.InvariantCulture),
            _ => parameter.Name == "documentName" ? "v1" : "nothing-of-this-name",
        };
}
