using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Migrate.EndToEnd.Tests.Guest;
using Migrate.Planner.Persistence;

namespace Migrate.EndToEnd.Tests.Serve;

/// <summary>The program migrate as its users run it: the server in a process of its own, and commands that talk to it.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly Process _process;
    private readonly HttpClient _http;

    private ServerProcess(Process process, string dataDirectory, DatabaseOptions database, Uri url)
    {
        _process = process;
        DataDirectory = dataDirectory;
        Database = database;
        Url = url;
        _http = new HttpClient { BaseAddress = new Uri(url, "/api/v1/"), Timeout = TimeSpan.FromMinutes(1) };
        Token = File.ReadAllText(Path.Combine(dataDirectory, "admin.token")).Trim();
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
    }

    public string DataDirectory { get; }

    public DatabaseOptions Database { get; }

    public Uri Url { get; }

    public string Token { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Program => Repository.Program("Api", "migrate");

    public static async Task<ServerProcess> StartAsync(string dataDirectory)
    {
        const string Listens = "migrate listens on ";
        var listening = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var said = new ConcurrentQueue<string>();
        var database = await DatabaseOf.InstallationAsync(dataDirectory);
        var process = Shell.Start(
            "dotnet",
            [Program, "serve", "--data", dataDirectory, "--urls", "http://127.0.0.1:0", "--target-port", "0"],
            line =>
            {
                said.Enqueue(line);
                if (line.StartsWith(Listens, StringComparison.Ordinal))
                {
                    listening.TrySetResult(new Uri(line[Listens.Length..line.IndexOf(';', StringComparison.Ordinal)]));
                }
            },
            DatabaseOf.Variables(database));
        var ended = process.WaitForExitAsync(Cancellation);
        await Task.WhenAny(listening.Task, ended, Task.Delay(Patience, Cancellation));
        if (listening.Task.IsCompletedSuccessfully)
        {
            return new ServerProcess(process, dataDirectory, database, await listening.Task);
        }

        process.Kill();
        process.Dispose();
        throw new InvalidOperationException("The server did not come up:\n" + string.Join('\n', said));
    }

    /// <summary>SIGKILL: no flush, no goodbye.</summary>
    public async Task KillAsync()
    {
        _process.HasExited.ShouldBeFalse("the server is to be killed by the test, not by a defect of its own");
        _process.Kill();
        await _process.WaitForExitAsync(Cancellation);
    }

    /// <summary>Runs a command; returns its exit code and what it printed.</summary>
    public Task<(int ExitCode, string Output)> TryAsync(params string[] arguments) => TryAsync(DataDirectory, Database, arguments);

    public Task<string> RunAsync(params string[] arguments) => RunAsync(DataDirectory, Database, arguments);

    /// <summary>A command that needs no server.</summary>
    public static async Task<string> RunWithoutAsync(string dataDirectory, params string[] arguments) =>
        await RunAsync(dataDirectory, await DatabaseOf.InstallationAsync(dataDirectory), arguments);

    private static async Task<(int ExitCode, string Output)> TryAsync(string dataDirectory, DatabaseOptions database, string[] arguments)
    {
        var output = new ConcurrentQueue<string>();
        var code = await Shell.RunAsync("dotnet", [Program, .. arguments, "--data", dataDirectory], output.Enqueue, Patience, Cancellation, DatabaseOf.Variables(database));
        return (code, string.Join('\n', output));
    }

    private static async Task<string> RunAsync(string dataDirectory, DatabaseOptions database, string[] arguments)
    {
        var (code, output) = await TryAsync(dataDirectory, database, arguments);
        code.ShouldBe(0, $"migrate {string.Join(' ', arguments)}:\n{output}");
        return output;
    }

    public async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await _http.GetStringAsync(path, Cancellation))!;

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
        _http.Dispose();
    }
}
