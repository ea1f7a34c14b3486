using System.Net;
using Migrate.Planner;

namespace Migrate.Api.Hosting;

/// <summary>Bearer tokens in clear may only cross the loopback interface.</summary>
internal static partial class ListenRules
{
    private const string ClearRemedy = "Let it be a storage network that nobody else is in; where it is not, run 'migrate-target' by itself, which can demand authentication (DH-HMAC-CHAP) and TLS.";

    public static void Check(ServeOptions options)
    {
        foreach (var url in options.Urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            {
                throw new MigrateException("serve.url-invalid", $"'{url}' is no URL to listen on.", "Give --urls as http://127.0.0.1:7080 or https://NAME:PORT.");
            }

            if (uri.Scheme == "https" && (options.TlsCertificate is null || options.TlsKey is null))
            {
                throw new MigrateException("serve.certificate-missing", $"{url} needs a certificate.", "Give --tls-certificate and --tls-key, both PEM files.");
            }

            if (uri.Scheme == "http" && !IsLoopback(uri))
            {
                throw new MigrateException(
                    "serve.insecure-listen",
                    $"Refused to listen on {url}: it can be reached from other machines, and the administrator's token would cross the network in clear.",
                    "Listen on http://127.0.0.1:7080 (reach it through ssh -L), or use an https URL with --tls-certificate and --tls-key.");
            }
        }
    }

    /// <summary>What is to be said of where the server's own target listens; null where nobody else can listen in.</summary>
    public static (string Says, string Remedy)? OfTarget(ServeOptions options) => IPAddress.IsLoopback(options.TargetListen)
        ? null
        : ($"NVMe/TCP on {options.TargetListen} has neither authentication nor TLS: what disks hold crosses that network in clear, and a host is taken for who it says it is.", ClearRemedy);

    public static void WarnOfTarget(ServeOptions options, ILogger log)
    {
        if (OfTarget(options) is { } clear)
        {
            LogClearTarget(log, clear.Says, clear.Remedy);
        }
    }

    [LoggerMessage(617, LogLevel.Warning, "{Says} {Remedy}")]
    private static partial void LogClearTarget(ILogger log, string says, string remedy);

    private static bool IsLoopback(Uri uri) =>
        uri.Host == "localhost" || (IPAddress.TryParse(uri.DnsSafeHost, out var address) && IPAddress.IsLoopback(address));
}
