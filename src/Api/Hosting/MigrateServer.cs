using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Migrate.Api.Backups;
using Migrate.Api.Metrics;
using Migrate.Api.Security;
using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Jobs;
using Migrate.Executor.Manifests;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Target.Admin;
using Migrate.Target.AdminApi;

namespace Migrate.Api.Hosting;

/// <summary>
/// The composition root. Order of start: database schema, target, then jobs and API; the way down is the reverse, so that no job
/// ever finds its target gone.
/// </summary>
internal sealed class MigrateServer : IAsyncDisposable
{
    /// <summary>A plan that names ten thousand VMs has about one MiB; files of histograms some.</summary>
    private const long LargestBody = 16 << 20;

    private readonly WebApplication _app;
    private readonly NvmeTarget _target;
    private readonly ILoggerFactory _targetLoggers;
    private readonly DataDirectory _data;
    private readonly DataDirectoryLock _lock;
    private AdminServer? _targetAdmin;
    private ServeLock? _databaseLock;
    private bool _isDisposed;

    private MigrateServer(WebApplication app, NvmeTarget target, ILoggerFactory targetLoggers, DataDirectory data, DataDirectoryLock dataLock) =>
        (_app, _target, _targetLoggers, _data, _lock) = (app, target, targetLoggers, data, dataLock);

    public IServiceProvider Services => _app.Services;

    /// <summary>The first URL that the API listens on, with the port that it really has.</summary>
    public Uri Url => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public static async Task<MigrateServer> StartAsync(ServeOptions options, CancellationToken cancellationToken, Action<ILoggingBuilder>? logging = null)
    {
        ListenRules.Check(options);
        if (options.Database is { } shared)
        {
            await new PostgresCheck(shared, TimeProvider.System).RunAsync(needsSchema: false, cancellationToken);
        }

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
            KeyCertificates.Check(app.Services);
            if (options.Database is { } database)
            {
                // Before the schema is touched: the other server may be of another version.
                server._databaseLock = await ServeLock.TakeAsync(database, app.Services.GetRequiredService<ILogger<ServeLock>>(), cancellationToken);
                server._databaseLock.Lost.Register(app.Lifetime.StopApplication);
            }

            await app.Services.GetRequiredService<MigrateDatabase>().MigrateAsync(SchemaBackup.Of(options, TimeProvider.System, app.Services.GetRequiredService<ILoggerFactory>()), cancellationToken);
            if (options.Database is not null)
            {
                server._targetAdmin = await StartTargetAdminAsync(options, target, loggers, cancellationToken);
            }

            await app.Services.GetRequiredService<LimitStore>().SetAsync(options.Throttles, cancellationToken);
            _ = app.Services.GetRequiredService<RunManifests>().Key; // Made at the first start, not when the first run ends.
            await app.StartAsync(cancellationToken);
            await File.WriteAllTextAsync(options.Data.ServerUrl, server.Url + "\n", cancellationToken);
            ListenRules.WarnOfTarget(options, app.Services.GetRequiredService<ILogger<MigrateServer>>());
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

    /// <summary>Where the target's admin API answers workers; empty without a shared database.</summary>
    public IReadOnlyCollection<string> TargetAdminAddresses => _targetAdmin?.Addresses ?? [];

    /// <summary>Returns when it is told to stop; throws <c>serve.database-lost</c> when another server took its database.</summary>
    public async Task WaitForShutdownAsync(CancellationToken cancellationToken)
    {
        await GracefulStop.RunAsync(() => _app.WaitForShutdownAsync(cancellationToken), _app.Services);
        if (_databaseLock is { Lost.IsCancellationRequested: true })
        {
            throw new MigrateException(
                "serve.database-lost", "Another 'migrate serve' took the database while this one was cut off from it.",
                "The disks of this server's runs are on its own target: stop the other one, then start this one again.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        File.Delete(_data.ServerUrl);
        await GracefulStop.RunAsync(() => _app.StopAsync(), _app.Services);
        await _app.DisposeAsync();
        if (_targetAdmin is not null)
        {
            await _targetAdmin.DisposeAsync();
        }

        if (_databaseLock is not null)
        {
            await _databaseLock.DisposeAsync();
        }

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
            kestrel.Limits.MaxRequestBodySize = LargestBody;
            if (options is { TlsCertificate: { } certificate, TlsKey: { } key })
            {
                kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = X509Certificate2.CreateFromPemFile(certificate, key));
            }
        });
        builder.Services.AddMigrate(options, target);
        var app = builder.Build();
        _ = app.Services.GetRequiredService<MetricBook>(); // What is counted before anybody looks counts too.
        app.MapMigrate();
        return app;
    }

    /// <summary>For workers in other processes: on this machine by its socket, elsewhere by TLS and a token.</summary>
    private static async Task<AdminServer> StartTargetAdminAsync(ServeOptions options, NvmeTarget target, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var isTcp = options.TargetAdminListen is not null;
        var admin = new AdminApiOptions
        {
            Socket = options.Data.TargetSocket,
            Listen = options.TargetAdminListen,
            TokenFile = isTcp ? options.Data.TargetToken : null,
            Certificate = isTcp ? options.TlsCertificate : null,
            CertificateKey = isTcp ? options.TlsKey : null,
        };
        if (admin.Problems() is { Count: > 0 } problems)
        {
            throw new MigrateException("serve.target-admin", $"The target's admin API cannot listen: {string.Join("; ", problems)}.", "Give --tls-certificate and --tls-key, or listen on a loopback address.");
        }

        try
        {
            return await AdminServer.StartAsync(admin, target, loggers, cancellationToken);
        }
        catch (TargetException e)
        {
            throw new MigrateException(e.Code, e.Message, e.Remedy, e);
        }
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
                    Overcommit = true, // Runs mind what they will write; a thin disk may be larger than the file system.
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
