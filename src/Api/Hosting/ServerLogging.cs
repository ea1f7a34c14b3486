using Microsoft.Extensions.Logging.Console;

namespace Migrate.Api.Hosting;

/// <summary>
/// Logs go to standard error, for the journal: lines for people, or one JSON object per entry (the setting log-format). What
/// frameworks say about each request or query is noise until it is a warning.
/// </summary>
internal static class ServerLogging
{
    public static void Configure(ILoggingBuilder logging) => Configure(logging, isJson: false);

    /// <summary>"text" or "json".</summary>
    public static Action<ILoggingBuilder> As(string? format) => logging => Configure(logging, format == "json");

    private static void Configure(ILoggingBuilder logging, bool isJson)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(LogLevel.Information);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        logging.AddFilter("System.Net.Http", LogLevel.Warning);
        logging.AddFilter("Quartz", LogLevel.Warning);
        logging.AddFilter("Hangfire", LogLevel.Warning);
        // The problem writer logs what an endpoint threw, once and with its trace id.
        logging.AddFilter("Microsoft.AspNetCore.Diagnostics.ExceptionHandlerMiddleware", LogLevel.None);
        // Keys are protected by the mode of their directory, which is this product's decision and no surprise.
        logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        const string Timestamp = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        if (isJson)
        {
            logging.AddJsonConsole(json =>
            {
                json.UseUtcTimestamp = true;
                json.TimestampFormat = Timestamp.TrimEnd();
                json.IncludeScopes = true;
            });
        }
        else
        {
            logging.AddSimpleConsole(simple =>
            {
                simple.SingleLine = true;
                simple.UseUtcTimestamp = true;
                simple.TimestampFormat = Timestamp;
                simple.ColorBehavior = LoggerColorBehavior.Disabled;
            });
        }
    }
}
