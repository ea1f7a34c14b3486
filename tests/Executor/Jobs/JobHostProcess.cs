using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Migrate.Executor.Jobs;

namespace Migrate.Executor.Tests.Jobs;

/// <summary>A process with a job engine whose steps never end by themselves (tests/JobHost), to be killed or stopped.</summary>
internal sealed class JobHostProcess : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _said = new();
    private readonly ConcurrentQueue<string> _complained = new();

    private JobHostProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => _said.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => _complained.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public static async Task<JobHostProcess> StartAsync(ExecutorOptions options)
    {
        List<string> arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "Migrate.JobHost.dll"), options.DataDirectory,
            options.LeaseDuration.TotalSeconds.ToString(CultureInfo.InvariantCulture),
        ];
        if (options.JobStore?.PostgresConnectionString is { } connection)
        {
            arguments.Add(connection);
        }

        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        var host = new JobHostProcess(Programs.Start(start));
        await host.SaysAsync("started");
        return host;
    }

    public async Task AskAsync(Guid runId, JobQueue queue, int afterSeconds)
    {
        await _process.StandardInput.WriteLineAsync($"ask {runId} {queue} {afterSeconds}");
        await _process.StandardInput.FlushAsync();
        await SaysAsync($"asked {runId}");
    }

    private bool HasSaid(string line) => _said.Contains(line);

    public async Task SaysAsync(string line)
    {
        await Eventually.BecomesTrueAsync(() => HasSaid(line) || _process.HasExited, $"the process says '{line}'");
        HasSaid(line).ShouldBeTrue($"'{line}' was not said:\n{string.Join('\n', _said)}\n{string.Join('\n', _complained)}");
    }

    public async Task KillAsync()
    {
        _process.Kill(); // SIGKILL
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>SIGTERM, as a service manager stops it; returns when the process is gone.</summary>
    public async Task StopAsync()
    {
        await Programs.OutputOfAsync("kill", "-TERM", _process.Id.ToString(CultureInfo.InvariantCulture));
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
