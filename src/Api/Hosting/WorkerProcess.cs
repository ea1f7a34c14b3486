using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.DataProtection;
using Migrate.Api.Health;
using Migrate.Api.Metrics;
using Migrate.Api.Security;
using Migrate.Executor;
using Migrate.Executor.Jobs;
using Migrate.Executor.Sources.Vddk;
using Migrate.Executor.Targets;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere.Calls;
using Migrate.Planner.Plans;
using Migrate.Target.Admin;
using Migrate.Target.AdminApi;
using AdminToken = Migrate.Target.AdminApi.AdminToken;

namespace Migrate.Api.Hosting;

/// <summary>
/// A process that copies disks for a server on another machine. It shares the server's database and its target, and needs neither libvirt nor a
/// port of its own: what needs the storage node stays with the server.
/// </summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private readonly IHost _host;

    private WorkerProcess(IHost host, WorkerIdentity identity) => (_host, Identity) = (host, identity);

    public WorkerIdentity Identity { get; }

    public IServiceProvider Services => _host.Services;

    public static async Task<WorkerProcess> StartAsync(WorkerOptions options, CancellationToken cancellationToken, Action<ILoggingBuilder>? logging = null)
    {
        await new PostgresCheck(options.Database, TimeProvider.System).RunAsync(needsSchema: true, cancellationToken);
        var client = ClientOf(options);
        var target = new RemoteTarget(client, options.Target);
        await CheckAsync(options, target, cancellationToken);

        var executor = new ExecutorOptions
        {
            DataDirectory = Path.GetTempPath(), // Nothing of a worker's is kept there: its jobs and journals are in the database.
            JobStore = options.Database,
            Worker = WorkerIdentity.OfThisProcess(options.Name),
            MaxCopies = options.Copies,
            PassWorkers = options.Passes,
            CopyLimits = options.CopyLimits,
            Throttles = options.Throttles,
            ControlWorkers = 0,
            InventoryWorkers = 0,
            LeaseDuration = options.LeaseDuration,
            CheckpointBytes = options.CheckpointBytes,
            SourceCalls = new CallLimits { Addresses = options.SourceAddresses },
            Vddk = options.VddkDirectory is { } vddk ? new VddkOptions { Directory = vddk } : null,
        };
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "migrate-worker", DisableDefaults = true });
        builder.Services.AddLogging(logging ?? ServerLogging.Configure);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new ReaderMeans(Vddk: options.VddkDirectory is not null));
        builder.Services.AddPlanner(options.Database);
        builder.Services.AddSingleton<ITargetControl>(target);
        builder.Services.AddSingleton(_ => client); // By a factory, so that the container disposes it.
        builder.Services.AddDataProtection().SetApplicationName("Migrate").PersistKeysToFileSystem(new DirectoryInfo(options.Keys)).DisableAutomaticKeyGeneration().Use(options.KeyCertificates);
        builder.Services.AddExecutor(executor);
        builder.Services.Configure<HostOptions>(GracefulStop.Configure);
        if (OtlpExport.IsWanted)
        {
            builder.Services.AddHostedService<OtlpExport>();
        }

        if (options.HealthListen is { } healthListen)
        {
            builder.Services.AddSingleton<OwnChecks>();
            builder.Services.AddSingleton<MetricBook>();
            builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<WorkerHealth>(services, healthListen));
            builder.Services.AddHostedService(services => services.GetRequiredService<WorkerHealth>());
        }

        var host = builder.Build();
        KeyCertificates.Check(host.Services);
        host.Services.GetRequiredService<TargetClient>();
        await host.StartAsync(cancellationToken);
        return new WorkerProcess(host, executor.Worker);
    }

    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => GracefulStop.RunAsync(() => _host.WaitForShutdownAsync(cancellationToken), _host.Services);

    public async ValueTask DisposeAsync()
    {
        await GracefulStop.RunAsync(() => _host.StopAsync(), _host.Services);
        await ((IAsyncDisposable)_host).DisposeAsync();
    }

    /// <summary>All that is wrong, before the first run finds it out with its VM shut down.</summary>
    private static async Task CheckAsync(WorkerOptions options, RemoteTarget target, CancellationToken cancellationToken)
    {
        List<string> problems = [];
        if (options.Copies < 0 || options.Passes < 0 || options.Copies + options.Passes < 1)
        {
            problems.Add("it is to do nothing (--copies, --passes)");
        }

        if (options.Name is { } name && (name.Length is 0 or > 64 || name.Any(x => x == '/' || char.IsControl(x))))
        {
            problems.Add("its name is empty, longer than 64 characters or has a slash (--name)");
        }

        if (!Directory.Exists(options.Keys) || Directory.GetFiles(options.Keys, "key-*.xml").Length == 0)
        {
            problems.Add($"{options.Keys} holds no keys: it has to be the 'keys' folder of the server's data directory, or a copy of it (--keys)");
        }

        try
        {
            var place = await target.PlaceAsync(cancellationToken);
            if (place.EndPoint.Address.Equals(IPAddress.Any) || place.EndPoint.Address.Equals(IPAddress.IPv6Any))
            {
                problems.Add("the target listens on all its addresses: say by which this machine reaches it (--target IP:PORT)");
            }
        }
        catch (TargetException e)
        {
            problems.Add($"{e.Message} {e.Remedy}");
        }

        if (problems.Count > 0)
        {
            throw new MigrateException("worker.cannot-start", $"The worker cannot start: {string.Join("; ", problems)}.", "Mend what is named, then start it again.");
        }
    }

    private static TargetClient ClientOf(WorkerOptions options)
    {
        if (options.TargetAdmin.StartsWith('/'))
        {
            return TargetClient.OverSocket(options.TargetAdmin);
        }

        try
        {
            var token = options.TargetTokenFile is { } file
                ? AdminToken.Read(file)
                : throw new MigrateException("worker.target-admin", "A target on another machine is managed with a token.", "Give --target-token-file, a copy of target.token in the server's data directory.");
            var authority = options.TargetAuthority is { } pem ? X509CertificateLoader.LoadCertificateFromFile(pem) : null;
            return TargetClient.Over(new Uri(options.TargetAdmin), token, authority);
        }
        catch (TargetException e)
        {
            throw new MigrateException(e.Code, e.Message, e.Remedy, e);
        }
        catch (Exception e) when (e is ArgumentException or UriFormatException or CryptographicException)
        {
            throw new MigrateException("worker.target-admin", $"The target's admin API cannot be used: {e.Message}", "Give --target-admin as /path/target.sock or https://HOST:PORT, and --target-ca as a PEM file.", e);
        }
    }
}
