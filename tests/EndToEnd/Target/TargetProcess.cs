using System.Diagnostics;
using Migrate.EndToEnd.Tests.Guest;

namespace Migrate.EndToEnd.Tests.Target;

/// <summary>The program migrate-target as its users run it.</summary>
internal sealed class TargetProcess : IAsyncDisposable
{
    private readonly Process _process;

    private TargetProcess(Process process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    public static async Task<TargetProcess> StartAsync(string directory, int port, Guid uuid, string size)
    {
        var listening = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = Shell.Start("dotnet",
            [Repository.Program("Target", "migrate-target"), "serve", "--directory", directory, "--port", $"{port}", "--create", $"{uuid}:{size}"],
            line =>
            {
                if (line.StartsWith("listening on ", StringComparison.Ordinal))
                {
                    listening.TrySetResult(int.Parse(line.Split(' ')[2].Split(':')[1], System.Globalization.CultureInfo.InvariantCulture));
                }
                else
                {
                    TestContext.Current.SendDiagnosticMessage(line);
                }
            });
        return new TargetProcess(process, await listening.Task.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken));
    }

    /// <summary>SIGKILL: no flush, no goodbye.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>SIGTERM; returns the exit status.</summary>
    public async Task<int> TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(1));
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }
}
