using Migrate.Api.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Migrate.Api.Metrics;

/// <summary>
/// Sends metrics and traces by OTLP where the usual variable names a collector; how (protocol, headers, intervals) is said by OpenTelemetry's own variables.
/// Nothing else in the house knows OpenTelemetry.
/// </summary>
internal sealed class OtlpExport : IHostedService, IDisposable
{
    public const string Variable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private MeterProvider? _meters;
    private TracerProvider? _traces;

    public static bool IsWanted => !string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(Variable));

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var resource = ResourceBuilder.CreateDefault().AddService("migrate", serviceVersion: ProductVersion.Value, serviceInstanceId: $"{Environment.MachineName}-{Environment.ProcessId}");
        _meters = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource)
            .AddMeter("Migrate.*", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime").AddOtlpExporter().Build();
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource("Migrate.*", "Microsoft.AspNetCore").AddOtlpExporter().Build();
        return Task.CompletedTask;
    }

    /// <summary>What was not sent yet is sent, within the time that stopping has.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            _traces?.ForceFlush(2000);
            _meters?.ForceFlush(2000);
        },
        cancellationToken);

    public void Dispose()
    {
        _traces?.Dispose();
        _meters?.Dispose();
    }
}
