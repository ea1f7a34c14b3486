using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Migrate.Executor.Jobs;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Target.Admin;

namespace Migrate.Api.Hosting;

/// <summary>
/// The composition root. Order of start: database schema, target, then jobs and API; the way down is the reverse, so that no job
/// ever finds its target gone.
/// </summary>
internal sealed class MigrateServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly NvmeTarget _target;
    private readonly ILoggerFactory _targetLoggers;
    private readonly DataDirectory _data;
    private readonly DataDirectoryLock _lock;

    private MigrateServer(WebApplication app, NvmeTarget target, ILoggerFactory targetLoggers, DataDirectory data, DataDirectoryLock dataLock) =>
        (_app, _target, _targetLoggers, _data, _lock) = (app, target, targetLoggers, data, dataLock);

    public IServiceProvider Services => _app.Services;

    /// <summary>The first URL that the API listens on, with the port that it really has.</summary>
    public Uri Url => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public static async Task<MigrateServer> StartAsync(ServeOptions options, CancellationToken cancellationToken, Action<ILoggingBuilder>? logging = null)
    {
        ListenRules.Check(options);
        options.Data.Create();
        var dataLock = DataDirectoryLock.Take(options.Data.Root);
        // The target is up before the container exists, because jobs want it started; hence a logger factory of its own.
        var loggers = LoggerFactory.Create(logging ?? ServerLogging.Configure);
        NvmeTarget target;
        try
        {
            target = await StartTargetAsync(options, loggers, cancellationToken);
        }
        catch
        {
            dataLock.Dispose();
            throw;
        }

        var app = Build(options, target, logging ?? ServerLogging.Configure);
        var server = new MigrateServer(app, target, loggers, options.Data, dataLock);
        try
        {
            await app.Services.GetRequiredService<MigrateDatabase>().MigrateAsync(cancellationToken);
            await app.StartAsync(cancellationToken);
            await File.WriteAllTextAsync(options.Data.ServerUrl, server.Url + "\n", cancellationToken);
            return server;
        }
        catch (Exception e)
        {
            await server.DisposeAsync();
            if (e is IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException })
            {
                throw new MigrateException("serve.address-in-use", $"Cannot listen on {options.Urls}: another program does.", "Stop it, or choose another port with --urls.", e);
            }

            throw;
        }
    }

    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => _app.WaitForShutdownAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        File.Delete(_data.ServerUrl);
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _target.DisposeAsync();
        _targetLoggers.Dispose();
        _lock.Dispose();
    }

    private static WebApplication Build(ServeOptions options, NvmeTarget target, Action<ILoggingBuilder> logging)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(MigrateServer).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environments.Production,
        });
        logging(builder.Logging);
        builder.WebHost.UseUrls(options.Urls);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            if (options is { TlsCertificate: { } certificate, TlsKey: { } key })
            {
                kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = X509Certificate2.CreateFromPemFile(certificate, key));
            }
        });
        builder.Services.AddMigrate(options, target);
        var app = builder.Build();
        app.MapMigrate();
        return app;
    }

    private static async Task<NvmeTarget> StartTargetAsync(ServeOptions options, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        try
        {
            return await NvmeTarget.StartAsync(
                new TargetOptions
                {
                    Directory = options.Data.Target,
                    Listen = options.TargetListen,
                    Port = options.TargetPort,
                    DiscoveryPort = options.DiscoveryPort,
                },
                TimeProvider.System,
                loggers,
                cancellationToken);
        }
        catch (TargetException e)
        {
            loggers.Dispose();
            throw new MigrateException(e.Code, e.Message, e.Remedy, e);
        }
    }
}
