using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Migrate.EndToEnd.Tests.Guest;

namespace Migrate.EndToEnd.Tests.Workers;

/// <summary>The program <c>migrate worker</c> in a process of its own, to be killed, stopped and woken.</summary>
internal sealed class WorkerUnderTest : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _said;

    private WorkerUnderTest(string name, Process process, ConcurrentQueue<string> said) => (Name, _process, _said) = (name, process, said);

    public string Name { get; }

    public string Said => string.Join('\n', _said);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<WorkerUnderTest> StartAsync(string name, IReadOnlyList<string> arguments)
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var said = new ConcurrentQueue<string>();
        var process = Shell.Start("dotnet", [Repository.Program("Api", "migrate"), .. arguments], line =>
        {
            said.Enqueue(line);
            if (line.EndsWith("is ready.", StringComparison.Ordinal))
            {
                ready.TrySetResult();
            }
        });
        var worker = new WorkerUnderTest(name, process, said);
        await Task.WhenAny(ready.Task, process.WaitForExitAsync(Cancellation), Task.Delay(TimeSpan.FromMinutes(3), Cancellation));
        if (!ready.Task.IsCompletedSuccessfully)
        {
            await worker.DisposeAsync();
            throw new InvalidOperationException($"The worker did not come up:\n{worker.Said}");
        }

        return worker;
    }

    /// <summary>Bytes of memory that are its own, heap and native: resident, and no file's.</summary>
    public async Task<long> MemoryAsync()
    {
        var line = (await File.ReadAllLinesAsync($"/proc/{_process.Id}/status", Cancellation)).Single(x => x.StartsWith("RssAnon:", StringComparison.Ordinal));
        return long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
    }

    /// <summary>SIGKILL: no flush, no goodbye.</summary>
    public async Task KillAsync()
    {
        _process.HasExited.ShouldBeFalse(Said);
        _process.Kill();
        await _process.WaitForExitAsync(Cancellation);
    }

    /// <summary>STOP, CONT or TERM.</summary>
    public Task SignalAsync(string signal) => Programs.OutputOfAsync("kill", $"-{signal}", $"{_process.Id}");

    /// <summary>Waits for its end; the exit code.</summary>
    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync(Cancellation);
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
