using System.Diagnostics;

namespace Migrate.EndToEnd.Tests.Guest;

/// <summary>Runs programs and hands on their output line by line.</summary>
internal static class Shell
{
    /// <summary>Exit status; 124 when the program took longer than allowed and was killed with its children.</summary>
    public static async Task<int> RunAsync(
        string program, IReadOnlyList<string> arguments, Action<string> onLine, TimeSpan longest, CancellationToken cancellationToken, IReadOnlyDictionary<string, string>? environment = null)
    {
        using var process = Start(program, arguments, onLine, environment);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(longest);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            return 124;
        }
    }

    public static Process Start(string program, IReadOnlyList<string> arguments, Action<string> onLine, IReadOnlyDictionary<string, string>? environment = null)
    {
        var gate = new Lock();
        void Hand(string? line)
        {
            if (line is not null)
            {
                lock (gate)
                {
                    onLine(line);
                }
            }
        }

        var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true },
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            process.StartInfo.Environment[name] = value;
        }

        process.OutputDataReceived += (_, e) => Hand(e.Data);
        process.ErrorDataReceived += (_, e) => Hand(e.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
