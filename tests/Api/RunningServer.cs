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

/// <summary>One real server (Kestrel, SQLite, target, jobs) in a directory of its own, for all tests of this assembly.</summary>
public sealed class RunningServer : IAsyncLifetime
{
    private readonly LogLines _log = new();
    private MigrateServer? _server;

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("migrate-api-").FullName;

    public Uri Url => _server!.Url;

    public IServiceProvider Services => _server!.Services;

    public string Token => File.ReadAllText(Path.Combine(Directory, "admin.token")).Trim();

    /// <summary>Everything that the server logged, from Trace on.</summary>
    public string Log => string.Join('\n', _log.Lines);

    public async ValueTask InitializeAsync() => _server = await MigrateServer.StartAsync(
        new ServeOptions { Data = new DataDirectory(Directory), Urls = "http://127.0.0.1:0", TargetPort = 0, DiscoveryPort = null },
        CancellationToken.None,
        logging => logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddProvider(_log));

    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
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
        var terminal = new Terminal { In = TextReader.Null, Out = output, Error = error, Environment = environment.GetValueOrDefault };
        var code = await CommandLine.RunAsync(args, terminal, TestContext.Current.CancellationToken);
        return new CommandResult(code, output.ToString(), error.ToString());
    }
}
