using System.Text;
using Migrate.Planner;

namespace Migrate.Executor.Validation;

/// <summary>What a guest's console showed. <paramref name="Tail"/> is its end, for the report of a guest that did not come up.</summary>
public sealed record ConsoleFinding(string Expected, bool Found, string? Line, double AfterSeconds, string Tail);

/// <summary>Waits for a text in the log of a guest's serial console.</summary>
public static class ConsoleCheck
{
    // A guest that prints without end must not fill this process's memory.
    private const int LongestLog = 16 << 20;
    private const int LongestTail = 2000;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(500);

    public static async Task<ConsoleFinding> WaitForAsync(
        string consoleLogPath, string text, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var log = await ReadAsync(consoleLogPath, cancellationToken);
            var elapsed = time.GetElapsedTime(began);
            if (WholeLineWith(log, text) is { } line)
            {
                return new ConsoleFinding(text, true, line, elapsed.TotalSeconds, Tail(log));
            }
            if (elapsed >= patience)
            {
                return new ConsoleFinding(text, false, null, elapsed.TotalSeconds, Tail(log));
            }
            await Task.Delay(PollInterval, time, cancellationToken);
        }
    }

    /// <summary>The line must have ended: what follows the text (a hash, say) is part of the finding.</summary>
    private static string? WholeLineWith(string log, string text)
    {
        var at = log.IndexOf(text, StringComparison.Ordinal);
        var end = at < 0 ? -1 : log.IndexOf('\n', at);
        return end < 0 ? null : log[(log.LastIndexOf('\n', at) + 1)..end].Trim();
    }

    private static string Tail(string log) => log.Length <= LongestTail ? log : log[^LongestTail..];

    private static async Task<string> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Seek(Math.Max(0, file.Length - LongestLog), SeekOrigin.Begin);
            using var reader = new StreamReader(file, Encoding.UTF8);
            // Serial consoles end lines with CR LF.
            return (await reader.ReadToEndAsync(cancellationToken)).Replace("\r", "", StringComparison.Ordinal);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return "";
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new MigrateException(
                "console.denied",
                $"The console log {path} cannot be read: {denied.Message}",
                "virtlogd writes it as root; run the executor as root, or give its user read access to the log's directory by a default ACL.",
                denied);
        }
    }
}
