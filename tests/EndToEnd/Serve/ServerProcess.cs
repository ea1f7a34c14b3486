using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Migrate.EndToEnd.Tests.Guest;

namespace Migrate.EndToEnd.Tests.Serve;

/// <summary>The program migrate as its users run it: the server in a process of its own, and commands that talk to it.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly Process _process;
    private readonly HttpClient _http;

    private ServerProcess(Process process, string dataDirectory, Uri url)
    {
        _process = process;
        DataDirectory = dataDirectory;
        _http = new HttpClient { BaseAddress = new Uri(url, "/api/v1/"), Timeout = TimeSpan.FromMinutes(1) };
        var token = File.ReadAllText(Path.Combine(dataDirectory, "admin.token")).Trim();
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public string DataDirectory { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Program => Repository.Program("Api", "migrate");

    public static async Task<ServerProcess> StartAsync(string dataDirectory)
    {
        const string Listens = "migrate listens on ";
        var listening = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var said = new ConcurrentQueue<string>();
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
            });
        var ended = process.WaitForExitAsync(Cancellation);
        await Task.WhenAny(listening.Task, ended, Task.Delay(Patience, Cancellation));
        if (listening.Task.IsCompletedSuccessfully)
        {
            return new ServerProcess(process, dataDirectory, await listening.Task);
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
    public async Task<(int ExitCode, string Output)> TryAsync(params string[] arguments)
    {
        var output = new ConcurrentQueue<string>();
        var code = await Shell.RunAsync("dotnet", [Program, .. arguments, "--data", DataDirectory], output.Enqueue, Patience, Cancellation);
        return (code, string.Join('\n', output));
    }

    public async Task<string> RunAsync(params string[] arguments)
    {
        var (code, output) = await TryAsync(arguments);
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
