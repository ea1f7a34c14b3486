using System.Collections.Concurrent;
using System.Net.Http.Headers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Migrate.Api.Cli;
using Migrate.Api.Hosting;
using Migrate.Planner.Persistence;

[assembly: AssemblyFixture(typeof(Migrate.Api.Tests.RunningServer))]

namespace Migrate.Api.Tests;

/// <summary>One real server (Kestrel, a database, target, jobs) in a directory of its own, for all tests of this assembly.</summary>
public sealed class RunningServer : IAsyncLifetime
{
    private readonly LogLines _log = new();
    private readonly PostgresCluster _cluster = new();
    private DatabaseOptions? _shared;
    private MigrateServer? _server;

    /// <summary>What a server of a test's own is asked for otherwise.</summary>
    internal Func<ServeOptions, ServeOptions>? Change { get; init; }

    /// <summary>What is done to its directory and its database (null: SQLite's file in the directory) before it starts for the first time.</summary>
    internal Func<string, DatabaseOptions?, Task> Before { get; init; } = (_, _) => Task.CompletedTask;

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("migrate-api-").FullName;

    public Uri Url => _server!.Url;

    public IServiceProvider Services => _server!.Services;

    public string Token => File.ReadAllText(Path.Combine(Directory, "admin.token")).Trim();

    /// <summary>Everything that the server logged, from Trace on.</summary>
    public string Log => string.Join('\n', _log.Lines);

    public async ValueTask InitializeAsync()
    {
        if (_server is null)
        {
            // Of its own: the cluster of the assembly's tests may be gone before this, which is the assembly's too.
            _shared = ChosenDatabase.IsPostgres ? DatabaseOptions.Postgres(await _cluster.NewDatabaseAsync(CancellationToken.None)) : null;
            await Before(Directory, _shared);
        }

        _server = await MigrateServer.StartAsync(
            (Change ?? (x => x))(new ServeOptions { Data = new DataDirectory(Directory), Database = _shared, Urls = "http://127.0.0.1:0", TargetPort = 0, DiscoveryPort = null }),
            CancellationToken.None,
            logging => logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddProvider(_log));
    }

    /// <summary>A server of a test's own, stopped and started again on the same directory.</summary>
    public async Task RestartAsync()
    {
        await _server!.DisposeAsync();
        await InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        await _cluster.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    public Task<MigrateDb> DatabaseAsync() => Services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(TestContext.Current.CancellationToken);

    public HttpClient Client(string? token = null)
    {
        var client = new HttpClient { BaseAddress = Url };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token ?? Token);
        return client;
    }

    /// <summary>Runs a command as a shell would, against this server.</summary>
    public Task<CommandResult> RunAsync(params string[] args) => RunWithAsync([], args);

    public Task<CommandResult> RunWithAsync(Dictionary<string, string> environment, params string[] args)
    {
        environment.TryAdd("MIGRATE_DATA", Directory);
        if (_shared is not null)
        {
            environment.TryAdd("MIGRATE_DATABASE", _shared.PostgresConnectionString!);
        }

        return CommandResult.OfAsync(environment, args);
    }

    private sealed class LogLines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception) + exception);

        public void Dispose()
        {
        }
    }
}

public sealed record CommandResult(int ExitCode, string Out, string Error)
{
    public static async Task<CommandResult> OfAsync(Dictionary<string, string> environment, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal { In = TextReader.Null, Out = output, Error = error, Environment = environment.GetValueOrDefault, Variables = () => environment.Keys };
        var code = await CommandLine.RunAsync(args, terminal, TestContext.Current.CancellationToken);
        return new CommandResult(code, output.ToString(), error.ToString());
    }
}
