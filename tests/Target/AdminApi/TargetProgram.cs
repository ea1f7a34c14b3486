using System.Diagnostics;
using Migrate.Target.Admin;

namespace Migrate.Target.Tests.AdminApi;

/// <summary>A process of migrate-target.</summary>
internal sealed class TargetProgram : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    private readonly Process _process;

    private TargetProgram(Process process) => _process = process;

    /// <summary>Starts <c>serve</c> and returns when it listens and its admin API answers.</summary>
    public static async Task<TargetProgram> StartAsync(string[] args, params (string Name, string Value)[] environment)
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var start = new ProcessStartInfo("dotnet", [Path, .. args]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, e) =>
        {
            if (e.Data?.StartsWith("admin API on ", StringComparison.Ordinal) == true)
            {
                ready.TrySetResult();
            }
        };
        process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException($"migrate-target ended with {process.ExitCode}"));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await ready.Task.WaitAsync(Longest, TestContext.Current.CancellationToken);
        return new TargetProgram(process);
    }

    /// <summary>Runs a command to its end.</summary>
    public static Task<ProgramResult> RunAsync(string[] args) => Programs.RunAsync("dotnet", [Path, .. args]);

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>SIGTERM; returns the exit status.</summary>
    public async Task<int> TerminateAsync()
    {
        await Programs.OutputOfAsync("kill", "-TERM", $"{_process.Id}");
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Longest);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }

    private static string Path => typeof(NvmeTarget).Assembly.Location;
}
