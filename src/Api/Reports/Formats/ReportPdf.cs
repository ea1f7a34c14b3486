using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Migrate.Planner;

namespace Migrate.Api.Reports.Formats;

/// <summary>
/// Prints a report's HTML with headless Chromium, where that is installed: in a directory of its own, without a network, within a time, one after the other.
/// </summary>
internal sealed class ReportPdf(TimeProvider time) : IDisposable
{
    public const string Variable = "MIGRATE_CHROMIUM";
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Of the environment; a test names another one.</summary>
    public string Program { get; init; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : "chromium";

    /// <summary>For which it may print.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromMinutes(3);

    /// <exception cref="MigrateException">report.chromium-missing, report.chromium-failed, report.pdf.timeout.</exception>
    public async Task<byte[]> PrintAsync(string html, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken); // Each takes hundreds of MiB.
        string? directory = null;
        try
        {
            directory = Directory.CreateTempSubdirectory("migrate-pdf-").FullName;
            var page = Path.Combine(directory, "report.html");
            var pdf = Path.Combine(directory, "report.pdf");
            await File.WriteAllTextAsync(page, html, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), cancellationToken);
            var said = await RunAsync(directory, page, pdf, cancellationToken);
            return File.Exists(pdf) ? await File.ReadAllBytesAsync(pdf, cancellationToken) : throw new MigrateException(
                "report.chromium-failed", $"{Program} wrote no PDF. It said: {said}", "Export the report as HTML and print it in a browser, or mend Chromium on the server's machine.");
        }
        finally
        {
            _one.Release();
            if (directory is not null)
            {
                await RemoveAsync(directory);
            }
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<string> RunAsync(string directory, string page, string pdf, CancellationToken cancellationToken)
    {
        using var ending = new CancellationTokenSource(Longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ending.Token, cancellationToken);
        using var process = Start(directory, page, pdf);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(either.Token);
            var errors = process.StandardError.ReadToEndAsync(either.Token);
            await process.WaitForExitAsync(either.Token);
            return $"{(await errors).Trim()} {(await output).Trim()}".Trim() is { Length: > 0 } said ? said[..Math.Min(said.Length, 1000)] : $"nothing, exit status {process.ExitCode}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new MigrateException(
                "report.pdf.timeout", $"{Program} did not print the report within {Text.Duration(Longest)}.", "Try again when the server's machine is less busy, or export the report as HTML and print it in a browser.");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private Process Start(string directory, string page, string pdf)
    {
        List<string> arguments =
        [
            "--headless", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--no-default-browser-check", "--disable-extensions", "--disable-sync",
            "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--disable-breakpad", "--metrics-recording-only",
            // A report asks for nothing; should one ever, nobody is asked.
            "--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=<-loopback>",
            $"--user-data-dir={Path.Combine(directory, "profile")}", "--no-pdf-header-footer", $"--print-to-pdf={pdf}", new Uri(page).AbsoluteUri,
        ];
        if (Environment.IsPrivilegedProcess)
        {
            arguments.Insert(0, "--no-sandbox"); // Chromium has none for root. A report has no script, and every name in it is escaped.
        }

        var start = new ProcessStartInfo(Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory };
        start.Environment["HOME"] = directory;
        start.Environment["XDG_RUNTIME_DIR"] = directory;
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new MigrateException(
                "report.chromium-missing", $"A PDF is printed by Chromium, and '{Program}' cannot be run on the server's machine: {e.Message}",
                $"Install it there (Debian: apt-get install chromium), or name another one for the server in {Variable}; or export the report as HTML and print it in a browser.", e);
        }
    }

    /// <summary>Chromium's helpers may outlive it for a moment, and write.</summary>
    private async Task RemoveAsync(string directory)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                Directory.Delete(directory, recursive: true);
                return;
            }
            catch (IOException) when (tries < 20)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), time);
            }
        }
    }
}
