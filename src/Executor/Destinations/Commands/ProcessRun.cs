using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Migrate.Planner;

namespace Migrate.Executor.Destinations.Commands;

/// <summary>Runs a program of this machine within its limits of time and output.</summary>
internal static class ProcessRun
{
    public static async Task<HostCommandResult> RunAsync(
        string program, IReadOnlyList<string> arguments, HostCommand command, string where, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(command.Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var process = Start(program, arguments, where);
        try
        {
            var said = ReadAsync(process.StandardOutput, command.MaxOutput, command, where, either.Token);
            var errors = ReadAsync(process.StandardError, command.MaxOutput, command, where, either.Token);
            await FeedAsync(process, command.Input, either.Token);
            await Task.WhenAll(said, errors);
            await process.WaitForExitAsync(either.Token);
            return new HostCommandResult(process.ExitCode, await said, await errors);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new MigrateException(
                "command.timeout", $"'{command.Arguments[0]}' on {where} did not end within {command.Limit.TotalSeconds:0} s.",
                "Look what that program waits for on that host (a device or a mount that does not answer), then retry.")
            { IsTransient = true };
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static Process Start(string program, IReadOnlyList<string> arguments, string where)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C"; // What it says is parsed.
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new MigrateException("command.missing", $"'{program}' cannot be run on {where}: {e.Message}", $"Install the package that has {program}.", e);
        }
    }

    private static async Task FeedAsync(Process process, string? input, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.WriteAsync((input ?? "").AsMemory(), cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading; its exit status tells why.
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader, int most, HostCommand command, string where, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var buffer = new char[8192];
        while (await reader.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            text.Append(buffer, 0, read);
            if (text.Length > most)
            {
                throw new MigrateException(
                    "command.output-too-long", $"'{command.Arguments[0]}' on {where} says more than {most} characters.", "Run it by hand to see what it says.");
            }
        }

        return text.ToString();
    }
}
