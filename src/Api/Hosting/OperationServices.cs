using Migrate.Api.Health;
using Migrate.Api.Metrics;
using Migrate.Api.Notifications;
using Migrate.Api.Runs;
using Migrate.Executor.Runs;

namespace Migrate.Api.Hosting;

/// <summary>What watches over an installation.</summary>
internal static class OperationServices
{
    public static void AddOperations(this IServiceCollection services, ServeOptions options)
    {
        services.AddSingleton<OwnChecks>();
        services.AddSingleton<Readiness>();
        services.AddSingleton(options.Runs);
        services.AddSingleton<RunRetention>();
        services.AddHostedService<RunRetentionService>();
        services.AddHostedService<Migrate.Api.Concerns.VerdictService>();
        services.AddSingleton<MetricBook>();
        services.AddHostedService<EstateMeter>();
        services.AddSingleton(options.Notifications);
        services.AddSingleton<Messengers>();
        services.AddSingleton<Messages>();
        if (options.Notifications.IsWanted)
        {
            services.AddHostedService<Outbox>();
        }

        if (OtlpExport.IsWanted)
        {
            services.AddHostedService<OtlpExport>();
        }
    }
}
