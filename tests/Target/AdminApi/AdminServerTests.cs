using System.Net;
using System.Net.Http.Json;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Target.Admin;
using Migrate.Target.AdminApi;

namespace Migrate.Target.Tests.AdminApi;

/// <summary>Who may ask the admin API, and what it answers to what is wrong.</summary>
[SupportedOSPlatform("linux")]
public sealed class AdminServerTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-admin-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Socket => Path.Combine(_directory, "admin.sock");

    private string TokenFile => Path.Combine(_directory, "token");

    [Fact]
    public async Task The_socket_is_for_owner_and_group_and_a_dead_ones_place_is_taken_but_not_a_living_ones()
    {
        await using var target = await RunningTarget.StartAsync();
        await File.WriteAllTextAsync(Socket, "", Cancel);
        await using (await StartAsync(target, new AdminApiOptions { Socket = Socket }))
        {
            File.GetUnixFileMode(Socket).ShouldBe(OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
            using var client = TargetClient.OverSocket(Socket);
            (await client.GetStatusAsync(Cancel)).DefaultSubsystemNqn.ShouldBe(target.Target.SubsystemNqn);
            await ThrowsAsync("target.admin-cannot-listen", () => StartAsync(target, new AdminApiOptions { Socket = Socket }));
            (await client.GetStatusAsync(Cancel)).Ports.ShouldHaveSingleItem().EndPoint.ShouldBe(target.Target.EndPoint);
        }

        using var late = TargetClient.OverSocket(Socket);
        await ThrowsAsync("target.unreachable", () => late.GetStatusAsync(Cancel));
    }

    [Fact]
    public async Task Over_TLS_the_token_lets_in_and_the_certificate_is_checked()
    {
        await using var target = await RunningTarget.StartAsync();
        using var certificate = MakeCertificate();
        using var other = MakeCertificate();
        var options = new AdminApiOptions
        {
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            TokenFile = TokenFile,
            Certificate = Path.Combine(_directory, "admin.crt"),
            CertificateKey = Path.Combine(_directory, "admin.key"),
        };
        await File.WriteAllTextAsync(options.Certificate, certificate.ExportCertificatePem(), Cancel);
        await File.WriteAllTextAsync(options.CertificateKey, certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem(), Cancel);
        await using var server = await StartAsync(target, options);
        var address = new Uri(server.Addresses.ShouldHaveSingleItem());
        address.Scheme.ShouldBe("https");
        File.GetUnixFileMode(TokenFile).ShouldBe(OwnerOnly);
        var token = (await File.ReadAllTextAsync(TokenFile, Cancel)).Trim();
        token.Length.ShouldBe(64);

        using (var client = TargetClient.Over(address, token, certificate))
        {
            (await client.GetStatusAsync(Cancel)).Directory.ShouldBe(target.Target.Directory);
        }

        foreach (var (wrongToken, authority, code) in new[] { (token[1..] + "0", certificate, "target.unauthorized"), ("", certificate, "target.unauthorized"), (token, other, "target.unreachable"), (token, null, "target.unreachable") })
        {
            using var client = TargetClient.Over(address, wrongToken, authority);
            await ThrowsAsync(code, () => client.GetStatusAsync(Cancel));
        }
    }

    [Fact]
    public async Task Without_a_token_a_TCP_port_tells_only_that_it_lives()
    {
        await using var target = await RunningTarget.StartAsync();
        await using var server = await StartAsync(target, new AdminApiOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0), TokenFile = TokenFile });
        using var http = new HttpClient { BaseAddress = new Uri(server.Addresses.ShouldHaveSingleItem()) };

        (await http.GetStringAsync("/healthz", Cancel)).ShouldBe("ok\n");
        foreach (var path in new[] { "/metrics", "/v1", "/v1/subsystems", "/nowhere" })
        {
            (await http.GetAsync(path, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized, path);
        }

        (await http.DeleteAsync($"/v1/subsystems/{target.Target.SubsystemNqn}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_token_file_that_others_may_read_is_refused()
    {
        await using var target = await RunningTarget.StartAsync();
        await File.WriteAllTextAsync(TokenFile, new string('a', 64), Cancel);
        File.SetUnixFileMode(TokenFile, OwnerOnly | UnixFileMode.GroupRead);

        await ThrowsAsync("target.token-unusable", () => StartAsync(target, new AdminApiOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0), TokenFile = TokenFile }));
    }

    [Fact]
    public void What_would_send_a_token_in_the_clear_or_makes_no_sense_is_refused()
    {
        var loopback = new IPEndPoint(IPAddress.Loopback, 7443);
        new AdminApiOptions { Listen = loopback, TokenFile = "t" }.Problems().ShouldBeEmpty();
        new AdminApiOptions { Listen = new IPEndPoint(IPAddress.Any, 7443), TokenFile = "t" }.Problems().ShouldHaveSingleItem().ShouldContain("certificate");
        new AdminApiOptions { Listen = new IPEndPoint(IPAddress.Any, 7443), Certificate = "c" }.Problems().Count.ShouldBe(2, "token and key");
        new AdminApiOptions { Listen = loopback }.Problems().ShouldHaveSingleItem().ShouldContain("token");
        new AdminApiOptions { Socket = "s", TokenFile = "t" }.Problems().ShouldHaveSingleItem();
        Should.Throw<ArgumentException>(() => TargetClient.Over(new Uri("http://192.0.2.1:7443"), "token"));
    }

    [Theory]
    [InlineData("GET", "/v1/subsystems/nqn.2026-01.org.migrate:absent", null, 404, "target.no-such-subsystem")]
    [InlineData("GET", "/v1/subsystems/nqn.2026-01.org.migrate:target/namespaces/7c3f1c4e-0000-4000-8000-000000000009", null, 404, "target.no-such-namespace")]
    [InlineData("GET", "/v2", null, 404, "target.no-such-resource")]
    [InlineData("PUT", "/v1/subsystems/nqn", "{}", 400, "target.invalid-subsystem")]
    [InlineData("PUT", "/v1/subsystems/nqn.2026-01.org.migrate:b", "{\"allowAnyHots\":true}", 400, "target.invalid-request")]
    [InlineData("PUT", "/v1/subsystems/nqn.2026-01.org.migrate:b", "{", 400, "target.invalid-request")]
    [InlineData("DELETE", "/v1/subsystems/nqn.2026-01.org.migrate:target", null, 409, "target.default-subsystem")]
    [InlineData("PUT", "/v1/subsystems/nqn.2026-01.org.migrate:target/namespaces/7c3f1c4e-0000-4000-8000-000000000009", "{\"capacityBytes\":1152921504606846976}", 507, "target.no-space")]
    [InlineData("PUT", "/v1/subsystems/nqn.2026-01.org.migrate:target/ports/1/ana/1", "{\"state\":\"good\"}", 400, "target.invalid-request")]
    [InlineData("PUT", "/v1/subsystems/nqn.2026-01.org.migrate:target/ports/9/ana/1", "{\"state\":\"optimized\"}", 400, "target.invalid-ana")]
    [InlineData("PUT", "/v1/hosts/nqn.2026-01.org.migrate:h/drain", "{\"patienceSeconds\":-1}", 400, "target.invalid-request")]
    public async Task What_is_wrong_is_a_problem_with_code_cause_and_remedy(string method, string path, string? body, int status, string code)
    {
        await using var target = await RunningTarget.StartAsync();
        await using var server = await StartAsync(target, new AdminApiOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0), TokenFile = TokenFile });
        using var http = new HttpClient { BaseAddress = new Uri(server.Addresses.ShouldHaveSingleItem()) };
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Authorization = new("Bearer", (await File.ReadAllTextAsync(TokenFile, Cancel)).Trim());
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");

        using var response = await http.SendAsync(request, Cancel);

        ((int)response.StatusCode).ShouldBe(status);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        problem.GetProperty("code").GetString().ShouldBe(code);
        problem.GetProperty("status").GetInt32().ShouldBe(status);
        foreach (var part in new[] { "type", "title", "detail", "cause", "remedy" })
        {
            problem.GetProperty(part).GetString().ShouldNotBeNullOrEmpty(part);
        }

        target.Target.ListSubsystems().Count.ShouldBe(1);
        target.Target.ListNamespaces().ShouldBeEmpty();
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static Task<AdminServer> StartAsync(RunningTarget target, AdminApiOptions options) =>
        AdminServer.StartAsync(options, target.Target, NullLoggerFactory.Instance, Cancel);

    private static async Task ThrowsAsync(string code, Func<Task> action) => (await Should.ThrowAsync<TargetException>(action)).Code.ShouldBe(code);

    private static X509Certificate2 MakeCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
