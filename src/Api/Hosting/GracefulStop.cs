namespace Migrate.Api.Hosting;

/// <summary>
/// A process that is told to stop checkpoints its copies, gives back its leases and hands its runs over, all within some seconds. What does not come to
/// its end by then is left: leases run out by themselves, and whoever takes a run over goes on from its last checkpoint.
/// </summary>
internal static partial class GracefulStop
{
    /// <summary>For everything together: an init system that kills after less would be the exception.</summary>
    public static readonly TimeSpan Within = TimeSpan.FromSeconds(10);

    /// <summary>All services at once, so that none takes the time of another: open connections of the API, copies, sessions with sources.</summary>
    public static void Configure(HostOptions host) => (host.ShutdownTimeout, host.ServicesStopConcurrently) = (Within, true);

    /// <summary>Stops the host; services that took too long are told of in the log and do not keep what comes after them from being done.</summary>
    public static async Task RunAsync(Func<Task> stop, IServiceProvider services)
    {
        try
        {
            await stop();
        }
        catch (Exception e) when (e is OperationCanceledException or AggregateException)
        {
            LogCutShort(services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(GracefulStop)), Within.TotalSeconds, e);
        }
    }

    [LoggerMessage(671, LogLevel.Warning, "Not everything came to its end within {Seconds} s; runs go on from their last checkpoints when their leases have run out")]
    private static partial void LogCutShort(ILogger logger, double seconds, Exception exception);
}
