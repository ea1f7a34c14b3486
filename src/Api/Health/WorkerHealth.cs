using System.Net;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Migrate.Api.Metrics;
using Migrate.Executor.Targets;
using Migrate.Target.Admin;

namespace Migrate.Api.Health;

/// <summary>
/// Where a worker says how it is: <c>/healthz</c>, <c>/readyz</c> and <c>/metrics</c>. On this machine only, since a worker knows no accounts: whatever watches it runs beside it.
/// </summary>
internal sealed class WorkerHealth(IPEndPoint endPoint, OwnChecks own, ITargetControl target, MetricBook book) : IHostedService, IAsyncDisposable
{
    private WebApplication? _app;

    /// <summary>Where it answers, with the port that it really has.</summary>
    public Uri Url => new(_app!.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "migrate-worker-health" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(endPoint));
        builder.Services.AddRoutingCore();
        _app = builder.Build();
        _app.MapGet("/healthz", () => "alive");
        _app.MapGet("/readyz", async (CancellationToken stopped) =>
        {
            HealthCheck[] checks = [await own.DatabaseAsync(stopped), own.Jobs(), await TargetAsync(stopped)];
            var isReady = checks.All(x => x.Status != HealthStatus.Failed);
            return Results.Text(
                isReady ? "ready" : "not ready: " + string.Join("; ", checks.Where(x => x.Status == HealthStatus.Failed).Select(x => $"{x.Name}: {x.Detail}")),
                statusCode: isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        });
        _app.MapGet("/metrics", () =>
        {
            var text = new StringBuilder();
            book.Write(text);
            return Results.Text(text.ToString(), MetricEndpoints.ContentType);
        });
        await _app.StartAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => _app?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public ValueTask DisposeAsync() => _app?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Without the target's admin API a worker can begin nothing, but what is away is not this worker: others may reach it.</summary>
    private async Task<HealthCheck> TargetAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(OwnChecks.Patience);
        try
        {
            await target.PlaceAsync(patience.Token);
            return new HealthCheck("target", HealthStatus.Ok, "answers");
        }
        catch (Exception e) when (e is TargetException or HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new HealthCheck("target", HealthStatus.Failed, e is OperationCanceledException ? "no answer in time" : e.Message);
        }
    }
}
