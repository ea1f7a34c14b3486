using System.Diagnostics;

namespace Migrate.EndToEnd.Tests.Kvm;

/// <summary>Runs a program to its end; anything but exit code 0 fails the test with what the program said.</summary>
internal static class Shell
{
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        // A daemon that goes to the background keeps these pipes open, so they are read only after it left the foreground.
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {await process.StandardError.ReadToEndAsync()}");
        }
        return arguments.Contains("-d") ? "" : await process.StandardOutput.ReadToEndAsync();
    }
}
