using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Migrate.Target.Admin;

namespace Migrate.Target.AdminApi;

/// <summary>The admin API of a running target.</summary>
public sealed class AdminServer : IAsyncDisposable
{
    private const int MaxBody = 1 << 20;
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    private readonly WebApplication _app;

    private AdminServer(WebApplication app) => _app = app;

    /// <summary>The addresses that it answers at, as URLs.</summary>
    public IReadOnlyCollection<string> Addresses =>
        [.. _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];

    /// <summary>Begins to answer.</summary>
    /// <param name="options">Where, and who may ask.</param>
    /// <param name="target">What is managed.</param>
    /// <param name="loggers">For its log.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="TargetException"><c>target.admin-cannot-listen</c>, <c>target.token-unusable</c>, <c>target.certificate-unusable</c>.</exception>
    public static async Task<AdminServer> StartAsync(AdminApiOptions options, NvmeTarget target, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var token = options.TokenFile is { } file ? AdminToken.FromFile(file) : null;
        var certificate = CertificateOf(options);
        if (options.Socket is { } socket)
        {
            RemoveStale(socket);
        }

        var app = Build(options, target, token, certificate, loggers);
        try
        {
            await app.StartAsync(cancellationToken);
            if (options.Socket is { } made)
            {
                File.SetUnixFileMode(made, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
            }

            return new AdminServer(app);
        }
        catch (Exception e)
        {
            await app.DisposeAsync();
            throw e is IOException or SocketException or UnauthorizedAccessException
                ? new TargetException("target.admin-cannot-listen", $"The admin API cannot listen: {e.Message}",
                    "Choose a socket path or an address and port that this user may have and nobody else has.", e)
                : e;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(StopTimeout);
        await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
    }

    private static WebApplication Build(AdminApiOptions options, NvmeTarget target, AdminToken? token, X509Certificate2? certificate, ILoggerFactory loggers)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "migrate-target" });
        builder.Configuration.Sources.Clear(); // the environment of the program must not open further ports
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>(); // the program itself listens for signals
        builder.Services.AddSingleton(loggers);
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Clear();
            json.SerializerOptions.TypeInfoResolverChain.Add(AdminJson.Default);
            AdminJson.Apply(json.SerializerOptions);
        });
        builder.Services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBody;
            if (options.Socket is { } socket)
            {
                kestrel.ListenUnixSocket(socket);
            }

            if (options.Listen is { } endPoint)
            {
                kestrel.Listen(endPoint, listen =>
                {
                    if (certificate is not null)
                    {
                        listen.UseHttps(certificate);
                    }
                });
            }
        });
        var app = builder.Build();
        app.Use(next => context => AnswerAsync(context, next, token));
        app.MapAdmin(target);
        app.MapFallback(() => AdminProblems.Of(StatusCodes.Status404NotFound, "target.no-such-resource", "The admin API has nothing by this name.", "See docs/target.md."));
        return app;
    }

    private static async Task AnswerAsync(HttpContext context, RequestDelegate next, AdminToken? token)
    {
        try
        {
            // Who reached the socket was let in by its mode. Whether the process lives is no secret.
            var isTrusted = context.Connection.RemoteIpAddress is null || context.Request.Path == "/healthz";
            if (isTrusted || token?.IsIn(context.Request.Headers.Authorization) == true)
            {
                await next(context);
                return;
            }

            context.Response.Headers.WWWAuthenticate = "Bearer";
            await AdminProblems.Of(StatusCodes.Status401Unauthorized, "target.unauthorized", "The request has no token, or a wrong one.",
                "Send the header \"Authorization: Bearer TOKEN\" with the content of the target's token file.").ExecuteAsync(context);
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            await AdminProblems.Of(e).ExecuteAsync(context);
        }
    }

    private static X509Certificate2? CertificateOf(AdminApiOptions options)
    {
        try
        {
            return options.Certificate is { } certificate ? X509Certificate2.CreateFromPemFile(certificate, options.CertificateKey) : null;
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new TargetException("target.certificate-unusable", $"The admin API's certificate {options.Certificate} cannot be used: {e.Message}",
                "Give a certificate and its private key as PEM files that the target's user may read.", e);
        }
    }

    // A target that was killed leaves its socket behind. One that answers is somebody's.
    private static void RemoveStale(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            throw new TargetException("target.admin-cannot-listen", $"The admin API's socket {path} cannot be had: {e.Message}", "Choose another path; it may be up to 107 bytes long.", e);
        }

        throw new TargetException("target.admin-cannot-listen", $"Another program listens on {path}.", "End it, or choose another path for the admin API's socket.");
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
