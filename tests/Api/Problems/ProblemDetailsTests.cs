using System.Net;
using System.Text;
using System.Text.Json;

namespace Migrate.Api.Tests.Problems;

public sealed class ProblemDetailsTests(RunningServer server)
{
    [Theory]
    [InlineData("GET", "/api/v1/plans/none", null, 404, "plan.unknown")]
    [InlineData("GET", "/api/v1/runs/00000000-0000-0000-0000-000000000001", null, 404, "run.unknown")]
    [InlineData("GET", "/api/v1/sources/none/vms", null, 404, "source.unknown")]
    [InlineData("GET", "/api/v1/nothing", null, 404, "request.no-such-path")]
    [InlineData("POST", "/api/v1/hosts", "{ not json", 400, "request.invalid")]
    [InlineData("POST", "/api/v1/hosts", """{"name":"h","uri":"qemu:///system","atachment":"backing"}""", 400, "request.invalid")]
    [InlineData("POST", "/api/v1/plans", """{"name":"p","source":"s","host":"h","vms":["v"],"policy":{"networks":null}}""", 400, "request.invalid")]
    [InlineData("POST", "/api/v1/plans", """{"name":"p","source":"s","host":"h","vms":["v"],"policy":{"networks":{"VM Network":null}}}""", 400, "request.invalid")]
    [InlineData("POST", "/api/v1/plans", """{"name":"p","source":"s","host":"h","vms":["v"],"policy":{"warm":null}}""", 400, "request.invalid")]
    [InlineData("POST", "/api/v1/hosts", """{"name":"../h","uri":"","domainType":"fast","attachment":"glue"}""", 422, "host.invalid")]
    [InlineData("POST", "/api/v1/sources", """{"name":"a b","url":"http://x","userName":"","password":"","thumbprint":"12"}""", 422, "source.invalid")]
    [InlineData("POST", "/api/v1/runs/00000000-0000-0000-0000-000000000001/retry", null, 404, "run.unknown")]
    public async Task Failures_name_code_and_remedy(string method, string path, string? body, int status, string code)
    {
        using var client = server.Client();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        ((int)response.StatusCode).ShouldBe(status, text);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = JsonDocument.Parse(text).RootElement;
        problem.GetProperty("code").GetString().ShouldBe(code);
        problem.GetProperty("type").GetString().ShouldBe("urn:migrate:problem:" + code);
        problem.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
        problem.GetProperty("remedy").GetString().ShouldNotBeNullOrEmpty();
        problem.GetProperty("errors").ValueKind.ShouldBe(JsonValueKind.Array);
        problem.GetProperty("traceId").GetString().ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task A_refused_request_lists_everything_that_is_wrong()
    {
        using var client = server.Client();
        using var response = await client.PostAsync(
            "/api/v1/sources",
            new StringContent("""{"name":"a b","url":"http://x","userName":"","password":"","thumbprint":"12"}""", Encoding.UTF8, "application/json"),
            TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var errors = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement.GetProperty("errors");
        errors.EnumerateArray().Select(e => e.GetString()!.Split(':')[0]).ShouldBe(["name", "url", "userName", "password", "thumbprint"]);
    }
}
