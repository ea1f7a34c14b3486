using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.Calls;

namespace Migrate.Planner.Tests.VSphere;

/// <summary>Addresses behind which there is no vSphere.</summary>
public sealed class WrongServerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(200, "<html><body>Welcome to my printer</body></html>")]
    [InlineData(200, "{}")]
    [InlineData(404, "")]
    [InlineData(500, "stack trace of something else")]
    [InlineData(302, "")]
    public async Task Something_that_is_not_vSphere_is_named_as_such(int status, string body)
    {
        await using var printer = await StartAsync(async context =>
        {
            context.Response.StatusCode = status;
            await context.Response.WriteAsync(body, Cancel);
        });
        var refused = await Should.ThrowAsync<MigrateException>(() => ConnectAsync(printer));
        refused.Code.ShouldBe("source.not-vsphere");
        refused.Message.ShouldContain("127.0.0.1");
    }

    [Fact]
    public async Task Something_that_never_gets_over_503_is_busy_and_may_be_tried_again()
    {
        await using var busy = await StartAsync(context =>
        {
            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = "0";
            return Task.CompletedTask;
        });
        var refused = await Should.ThrowAsync<MigrateException>(() => ConnectAsync(busy));
        (refused.Code, refused.IsTransient).ShouldBe(("source.busy", true));
    }

    [Theory]
    [InlineData("https://127.0.0.1:1", "refused")]
    [InlineData("https://no-such-host.invalid", "resolve")]
    public async Task An_address_without_a_server_says_why_it_cannot_be_reached(string url, string why)
    {
        var refused = await Should.ThrowAsync<MigrateException>(() => OpenAsync(new Uri(url), null));
        (refused.Code, refused.IsTransient).ShouldBe(("source.unreachable", true));
        refused.Message.ShouldContain(why);
        (await Should.ThrowAsync<MigrateException>(() => VSphereSession.ReadThumbprintAsync(new Uri(url), SourceAddresses.Usual, Cancel))).Code.ShouldBe("source.unreachable");
    }

    [Theory]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://[fe80::1]")]
    [InlineData("https://[::ffff:169.254.169.254]")]
    [InlineData("https://0.0.0.0")]
    [InlineData("https://224.0.0.1")]
    public async Task An_address_where_no_source_can_be_is_not_connected_to(string url)
    {
        (await Should.ThrowAsync<MigrateException>(() => OpenAsync(new Uri(url), null))).Code.ShouldBe("source.address-refused");
        (await Should.ThrowAsync<MigrateException>(() => VSphereSession.ReadThumbprintAsync(new Uri(url), SourceAddresses.Usual, Cancel))).Code.ShouldBe("source.address-refused");
    }

    [Fact]
    public async Task An_address_outside_of_the_networks_of_sources_gets_no_connection()
    {
        var called = 0;
        await using var inside = await StartAsync(_ => { called++; return Task.CompletedTask; });
        var url = new Uri(inside.Urls.First());
        var only = new CallLimits { Addresses = new SourceAddresses([IPNetwork.Parse("10.0.0.0/8")]) };

        var refused = await Should.ThrowAsync<MigrateException>(() => OpenAsync(url, null, only));

        refused.Code.ShouldBe("source.address-refused");
        refused.Message.ShouldContain("10.0.0.0/8");
        called.ShouldBe(0);
        (await Should.ThrowAsync<MigrateException>(() => OpenAsync(new UriBuilder(url) { Host = "localhost" }.Uri, null, only))).Code.ShouldBe("source.address-refused", "by the address that a name leads to");
    }

    [Fact]
    public async Task A_plain_http_address_is_refused_before_anything_is_sent() =>
        (await Should.ThrowAsync<MigrateException>(() => OpenAsync(new Uri("http://127.0.0.1:1"), null))).Code.ShouldBe("source.url-invalid");

    private static Task<VSphereSession> OpenAsync(Uri url, string? thumbprint, CallLimits? limits = null) =>
        VSphereSession.OpenAsync(new(url, "administrator@vsphere.local", "s3cret", thumbprint), TimeProvider.System, NullLoggerFactory.Instance, Cancel, limits);

    private static async Task<VSphereSession> ConnectAsync(WebApplication server)
    {
        var url = new Uri(server.Urls.First());
        return await OpenAsync(url, await VSphereSession.ReadThumbprintAsync(url, SourceAddresses.Usual, Cancel));
    }

    private static async Task<WebApplication> StartAsync(RequestDelegate answer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=printer", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.UseHttps(certificate)));
        var server = builder.Build();
        server.Run(answer);
        await server.StartAsync(Cancel);
        return server;
    }
}
