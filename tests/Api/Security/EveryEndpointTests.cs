using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Migrate.Api.Tests.Security;

public sealed class EveryEndpointTests(RunningServer server)
{
    [Fact]
    public async Task Refuses_calls_without_token_or_with_a_wrong_one()
    {
        using var anonymous = new HttpClient { BaseAddress = server.Url };
        using var wrong = server.Client("mgt_" + new string('A', 43));
        var tried = 0;
        foreach (var endpoint in Endpoints().Where(e => e.Metadata.GetMetadata<IAllowAnonymous>() is null))
        {
            foreach (var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"])
            {
                foreach (var client in new[] { anonymous, wrong })
                {
                    using var response = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), PathOf(endpoint)), TestContext.Current.CancellationToken);
                    response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, $"{method} {endpoint.RoutePattern.RawText}");
                    response.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer");
                    var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
                    problem.GetProperty("code").GetString().ShouldBe("auth.required");
                    tried++;
                }
            }
        }

        tried.ShouldBeGreaterThan(40);
    }

    [Fact]
    public async Task Health_says_a_word_and_nothing_else()
    {
        using var anonymous = new HttpClient { BaseAddress = server.Url };
        (await anonymous.GetStringAsync("/healthz", TestContext.Current.CancellationToken)).ShouldBe("alive");
        (await anonymous.GetStringAsync("/readyz", TestContext.Current.CancellationToken)).ShouldBe("ready");
    }

    private IEnumerable<RouteEndpoint> Endpoints() =>
        server.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>();

    private static string PathOf(RouteEndpoint endpoint) => string.Join(
        '/',
        endpoint.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
        {
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternSeparatorPart separator => separator.Content,
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart { Name: "id" } => Guid.Empty.ToString(),
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart { Name: "wave" } => "1",
            _ => "v1",
        }))).Prepend(""));
}
