using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Api.Security.Accounts;
using Migrate.Api.Security.Proxy;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Security;

public sealed class ProxyTests(RunningServer without) : IAsyncLifetime
{
    private const string Secret = "a secret that proxy and server share";
    private readonly RunningServer _server = new() { Change = options => options with { Proxy = new TrustedProxy([IPAddress.Loopback], SHA256.HashData(Encoding.UTF8.GetBytes(Secret))) } };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        await _server.Services.GetRequiredService<Users>().AddAsync("ana", null, Role.Approver, "test", Cancellation);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_user_that_the_proxy_names_has_the_role_that_it_has_here()
    {
        using var response = await AskAsync(_server, "Ana", Secret);
        var who = JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!;
        (who["name"]!.GetValue<string>(), who["role"]!.GetValue<string>(), who["through"]!.GetValue<string>()).ShouldBe(("ana", "Approver", "proxy"));
    }

    [Theory]
    [InlineData("ana", "another secret of the same length, ..")]
    [InlineData("ana", "")]
    [InlineData("bob", Secret)]
    [InlineData("admin", Secret)]
    public async Task Nobody_else_is_believed(string user, string secret) => (await AskAsync(_server, user, secret)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

    [Fact]
    public async Task Calls_from_other_addresses_are_not_the_proxys()
    {
        await using var other = new RunningServer { Change = options => options with { Proxy = new TrustedProxy([IPAddress.Parse("10.1.2.3")], SHA256.HashData(Encoding.UTF8.GetBytes(Secret))) } };
        await other.InitializeAsync();
        (await AskAsync(other, "ana", Secret)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Without_a_trusted_proxy_the_header_is_nothing() => (await AskAsync(without, "ana", Secret)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

    private static async Task<HttpResponseMessage> AskAsync(RunningServer server, string user, string secret)
    {
        using var http = new HttpClient { BaseAddress = server.Url };
        http.DefaultRequestHeaders.Add(ProxyAuthentication.UserHeader, user);
        http.DefaultRequestHeaders.Add(ProxyAuthentication.SecretHeader, secret);
        return await http.GetAsync("/api/v1/session", Cancellation);
    }
}
