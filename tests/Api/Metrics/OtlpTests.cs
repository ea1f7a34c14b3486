using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Migrate.Api.Tests.Metrics;

/// <summary>The program sends metrics and traces to a collector that the usual variable names; the collector is this test's own listener.</summary>
public sealed class OtlpTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-otlp-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_collector_gets_metrics_and_the_traces_of_calls()
    {
        var bodies = new ConcurrentDictionary<string, ConcurrentQueue<byte[]>>();
        await using var collector = await CollectAsync(bodies);
        var start = new ProcessStartInfo("dotnet", [Repository.Program("Api", "migrate"), "serve", "--data", _directory, "--urls", "http://127.0.0.1:0", "--target-port", "0"])
        {
            RedirectStandardError = true,
            Environment =
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Urls.First(),
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
                ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
            },
        };
        using var server = Programs.Start(start);
        try
        {
            string? line;
            while ((line = await server.StandardError.ReadLineAsync(Cancel)) is not null && !line.StartsWith("migrate listens on ", StringComparison.Ordinal))
            {
                // Until it does.
            }

            line.ShouldNotBeNull();
            _ = server.StandardError.ReadToEndAsync(Cancel);
            using var client = new HttpClient { BaseAddress = new Uri(line["migrate listens on ".Length..line.IndexOf(';', StringComparison.Ordinal)]) };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(Path.Combine(_directory, "admin.token"), Cancel)).Trim());
            const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
            using var call = new HttpRequestMessage(HttpMethod.Get, "/api/v1/version") { Headers = { { "traceparent", $"00-{Trace}-00f067aa0ba902b7-01" } } };
            (await client.SendAsync(call, Cancel)).EnsureSuccessStatusCode();

            await UntilAsync(() => Has(bodies, "/v1/metrics", Encoding.UTF8.GetBytes("migrate.run.phase")) && Has(bodies, "/v1/metrics", Encoding.UTF8.GetBytes("http.server.request.duration")));
            await UntilAsync(() => Has(bodies, "/v1/traces", Convert.FromHexString(Trace)));
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static bool Has(ConcurrentDictionary<string, ConcurrentQueue<byte[]>> bodies, string path, byte[] what) =>
        bodies.TryGetValue(path, out var got) && got.Any(x => x.AsSpan().IndexOf(what) >= 0);

    private static async Task<WebApplication> CollectAsync(ConcurrentDictionary<string, ConcurrentQueue<byte[]>> bodies)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/{**path}", async http =>
        {
            http.Request.ContentType.ShouldBe("application/x-protobuf");
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body, http.RequestAborted);
            bodies.GetOrAdd(http.Request.Path.Value!, _ => []).Enqueue(body.ToArray());
            http.Response.ContentType = "application/x-protobuf"; // An empty message: all was taken.
        });
        await app.StartAsync(Cancel);
        return app;
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        while (!holds())
        {
            await Task.Delay(100, patience.Token);
        }
    }
}
