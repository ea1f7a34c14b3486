using System.Collections.Concurrent;
using System.Diagnostics;
using Migrate.EndToEnd.Tests.Guest;

namespace Migrate.EndToEnd.Tests.Proof;

/// <summary>One of the programs, to be killed and started again with the same arguments.</summary>
internal sealed class ProcessUnderTest(string name, string program, IReadOnlyList<string> arguments, Func<string, bool> isReady) : IAsyncDisposable
{
    private const int LinesKept = 400;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly ConcurrentQueue<string> _said = new();
    private Process? _process;

    public string Name => name;

    public string Said => string.Join('\n', _said);

    public int Pid => _process!.Id;

    public bool IsRunning => _process is { HasExited: false };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async Task StartAsync()
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process?.Dispose();
        var process = _process = Shell.Start(program, arguments, line =>
        {
            _said.Enqueue($"{DateTime.UtcNow:HH:mm:ss.fff} {line}");
            if (_said.Count > LinesKept)
            {
                _said.TryDequeue(out _);
            }

            if (isReady(line))
            {
                ready.TrySetResult();
            }
        });
        await Task.WhenAny(ready.Task, process.WaitForExitAsync(Cancellation), Task.Delay(Patience, Cancellation));
        if (!ready.Task.IsCompletedSuccessfully)
        {
            throw new InvalidOperationException($"{name} did not come up:\n{Said}");
        }
    }

    /// <summary>SIGKILL: no flush, no goodbye.</summary>
    public async Task KillAsync()
    {
        IsRunning.ShouldBeTrue($"{name} is to be killed by the test, not by a defect of its own:\n{Said}");
        _said.Enqueue($"{DateTime.UtcNow:HH:mm:ss.fff} --- killed");
        _process!.Kill();
        await _process.WaitForExitAsync(Cancellation);
    }

    /// <summary>STOP, CONT or TERM.</summary>
    public Task SignalAsync(string signal) => Programs.OutputOfAsync("kill", $"-{signal}", $"{Pid}");

    public async ValueTask DisposeAsync()
    {
        if (IsRunning)
        {
            _process!.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process?.Dispose();
        _process = null;
    }
}
