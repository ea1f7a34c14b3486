using Migrate.Target.Admin;

namespace Migrate.Api.Hosting;

/// <summary>Tells systemd, if that started this process, that it serves, and when it begins to stop.</summary>
internal static class ServiceManager
{
    public static IDisposable Tell(IServiceProvider services)
    {
        ServiceNotification.Ready();
        return services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(ServiceNotification.Stopping);
    }
}
